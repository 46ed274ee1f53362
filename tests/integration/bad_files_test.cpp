// Files that are damaged, odd or hostile: a bad one never ends the run, and each is listed with what is
// wrong.
#include <array>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <filesystem>
#include <fstream>
#include <limits>
#include <string>
#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "integration/library.h"
#include "support/signals.h"

namespace resonance::testing {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using ::testing::Contains;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::UnorderedElementsAre;

constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
constexpr float kInfinity = std::numeric_limits<float>::infinity();

class BadFilesTest : public LibraryTest {
 protected:
  /// Two healthy tracks on either side of the bad ones in order of path.
  BadFilesTest() {
    write_wav16(music("a-good.wav"), chord_track(1));
    write_wav16(music("z-good.wav"), drum_track(1));
  }

  /// Indexes, expecting that the healthy tracks come through and exactly `failed` are listed.
  json expect_failed(const std::set<std::string>& failed) {
    const json report = index(failed.empty() ? 0 : 1);
    EXPECT_EQ(names_in(report.at("failed")), failed) << report.dump(1);
    for (const json& item : report.at("failed")) {
      EXPECT_THAT(item.at("error").get<std::string>(), HasSubstr(item.at("path").get<std::string>()));
    }
    expect_sound_catalog();
    return report;
  }
  /// The healthy tracks are found, and no number of any answer is not a number.
  void expect_sound_catalog() const {
    const auto answers = all_answers();
    EXPECT_GE(answers.size(), 2U);
    for (const json& found : answers) {
      for (const json& result : found.at("results")) {
        for (const char* part : {"score", "timbre", "harmony", "rhythm"}) {
          EXPECT_TRUE(result.at(part).is_number()) << result;
        }
      }
    }
    EXPECT_THAT(run({"describe", "--track", "a-good.wav"}).exit_status, 0);
    EXPECT_EQ(run({"doctor"}).exit_status, 0);
  }
};

TEST_F(BadFilesTest, what_is_no_audio_is_listed_and_the_run_goes_on) {
  write_text(music("empty.mp3"), "");
  write_text(music("empty.wav"), "");
  write_text(music("text.mp3"), "This is a text that somebody has given the wrong name.\n");
  write_text(music("zeros.flac"), std::string(100'000, '\0'));
  write_text(music("page.ogg"), "<html><body>404 not found</body></html>");
  write_wav16(music("no-samples.wav"), {});
  const json report =
      expect_failed({"empty.mp3", "empty.wav", "text.mp3", "zeros.flac", "page.ogg", "no-samples.wav"});
  EXPECT_EQ(report.at("tracks"), 2);
}

TEST_F(BadFilesTest, playlists_by_the_name_of_audio_open_no_other_file) {
  const std::string secret = music("a-good.wav").string();
  write_text(music("list.mp3"), "ffconcat version 1.0\nfile '" + secret + "'\n");
  write_text(music("stream.wav"), "#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\nfile://" + secret + "\n");
  write_text(music("sdp.ogg"), "v=0\no=- 0 0 IN IP4 127.0.0.1\nm=audio 5004 RTP/AVP 96\n");
  expect_failed({"list.mp3", "stream.wav", "sdp.ogg"});
}

TEST_F(BadFilesTest, sound_that_says_little_is_indexed) {
  const std::vector<float> square = [] {
    std::vector<float> samples = chord_track(2);
    for (float& sample : samples) sample = sample > 0 ? 1.0F : -1.0F;
    return samples;
  }();
  write_wav16(music("b-silence.wav"), std::vector<float>(44100 * 4));
  write_wav16(music("c-clipped.wav"), square);
  write_wav16(music("d-constant.wav"), std::vector<float>(44100 * 4, 0.5F));
  write_wav_float(music("e-loud.wav"), std::vector<float>(44100 * 4, 1e30F));
  write_wav_float(music("f-tiny.wav"), std::vector<float>(44100 * 4, 1e-42F));
  write_wav16(music("g-three-seconds.wav"), noise_track(1, 3));
  write_wav16(music("h-instant.wav"), noise_track(2, 0.05));
  EXPECT_EQ(expect_failed({}).at("tracks"), 9);
}

TEST_F(BadFilesTest, one_sample_is_a_track) {
  write_wav16(music("one-sample.wav"), std::vector<float>(1, 0.5F));
  EXPECT_EQ(expect_failed({}).at("tracks"), 3);
}

TEST_F(BadFilesTest, samples_that_are_no_numbers_are_replaced_and_reported) {
  std::vector<float> samples = chord_track(2);
  for (std::size_t i = 1000; i < samples.size(); i += 5000) samples[i] = kNan;
  samples[50'000] = kInfinity;
  samples[60'000] = -kInfinity;
  write_wav_float(music("broken.wav"), samples);
  write_wav_float(music("nothing-else.wav"), std::vector<float>(44100 * 3, kNan));
  const json report = expect_failed({});
  EXPECT_EQ(report.at("tracks"), 4);
  EXPECT_THAT(names_in(report.at("warnings")), UnorderedElementsAre("broken.wav", "nothing-else.wav"));
}

TEST_F(BadFilesTest, every_rate_and_channel_count_is_taken) {
  const std::vector<float> samples = noise_track(1, 8);
  for (const int rate : {8000, 11025, 22050, 48000, 96000, 192000}) {
    write_wav16(music("rate-" + std::to_string(rate) + ".wav"), samples, rate, 1);
  }
  for (const int channels : {2, 6, 8}) {
    write_wav16(music("channels-" + std::to_string(channels) + ".wav"), samples, 48000, channels);
  }
  write_wav16(music("all-of-it.wav"), samples, 192000, 8);
  EXPECT_EQ(expect_failed({}).at("tracks"), 12);
}

TEST_F(BadFilesTest, headers_that_lie_are_refused_or_survived) {
  write_wav16(music("no-channels.wav"), noise_track(1, 1), 44100, 1);
  write_wav16(music("no-rate.wav"), noise_track(2, 1), 44100, 1);
  write_wav16(music("huge-rate.wav"), noise_track(3, 1), 44100, 1);
  write_wav16(music("many-channels.wav"), noise_track(4, 1), 44100, 1);
  const auto patch = [&](const char* name, std::streamoff place, const std::string& bytes) {
    std::fstream file(music(name), std::ios::binary | std::ios::in | std::ios::out);
    file.seekp(place);
    file << bytes;
  };
  patch("no-channels.wav", 22, std::string(2, '\0'));
  patch("no-rate.wav", 24, std::string(4, '\0'));
  patch("huge-rate.wav", 24, "\xff\xff\xff\x7f");
  patch("many-channels.wav", 22, "\xff\xff");
  const json report = index(1);
  EXPECT_THAT(names_in(report.at("failed")), Contains("huge-rate.wav"));
  EXPECT_THAT(names_in(report.at("failed")), Contains("many-channels.wav"));
  expect_sound_catalog();
}

TEST_F(BadFilesTest, a_file_that_grows_while_it_is_read_is_no_trouble_and_is_taken_up_whole_later) {
  write_wav16(music("b-growing.wav"), noise_track(1, 20));
  RunningProgram running({"index", "music", "--jobs", "1", "--quiet"}, {.folder = folder_.path()});
  for (int i = 0; i < 20; ++i) {
    std::ofstream(music("b-growing.wav"), std::ios::binary | std::ios::app) << std::string(20'000, 'x');
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  EXPECT_EQ(running.wait().exit_status, 0);
  EXPECT_EQ(index().at("tracks"), 3);
  EXPECT_EQ(index().at("unchanged"), 3);
}

TEST_F(BadFilesTest, a_file_that_vanishes_before_its_turn_is_listed_and_forgotten_later) {
  write_text(music("b-bad.mp3"), "x");
  write_wav16(music("c-slow.wav"), noise_track(1, 60));
  write_wav16(music("d-gone.wav"), noise_track(2, 1));
  RunningProgram running({"index", "music", "--jobs", "1"}, {.folder = folder_.path()});
  ASSERT_TRUE(running.wait_for_error_text("b-bad.mp3"));
  fs::remove(music("d-gone.wav"));
  EXPECT_EQ(running.wait().exit_status, 1);
  fs::remove(music("b-bad.mp3"));
  EXPECT_THAT(index().at("failed"), IsEmpty());
}

// Every format, cut short and with bits turned over.
class CompressedFilesTest : public BadFilesTest {
 protected:
  void SetUp() override {
    if (!have_ffmpeg()) GTEST_SKIP() << "no ffmpeg program";
    write_wav16(folder_ / "source.wav", mix(drum_track(2, 8), chord_track(3, 8)));
    for (const Format& format : kFormats) {
      std::vector<std::string> command{"ffmpeg", "-y", "-i", folder_ / "source.wav"};
      for (const char* word : format.encoder) {
        if (word != nullptr) command.emplace_back(word);
      }
      command.push_back(folder_ / ("healthy." + std::string(format.suffix)));
      if (run_tool(command)) suffixes_.emplace_back(format.suffix);
    }
    ASSERT_THAT(suffixes_, Contains("flac"));
  }

  void copy_all(const std::string& stem) const {
    for (const std::string& suffix : suffixes_) {
      fs::copy_file(folder_ / ("healthy." + suffix), music(stem + "." + suffix));
    }
  }

  struct Format {
    const char* suffix;
    std::array<const char*, 4> encoder;
  };
  static constexpr std::array kFormats{
      Format{"mp3", {"-b:a", "128k"}},
      Format{"flac", {}},
      Format{"ogg", {"-c:a", "libvorbis"}},
      Format{"opus", {"-c:a", "libopus"}},
      Format{"m4a", {"-c:a", "aac"}},
      Format{"aac", {"-c:a", "aac"}},
      Format{"aiff", {}},
      Format{"wma", {"-c:a", "wmav2"}},
      Format{"wv", {"-c:a", "wavpack"}},
      Format{"mka", {"-c:a", "libopus"}},
      Format{"wav", {"-c:a", "pcm_s24le"}},
      Format{"caf", {"-c:a", "alac"}},
  };
  std::vector<std::string> suffixes_;
};

TEST_F(CompressedFilesTest,
       what_lies_behind_the_last_frame_is_no_damage_and_a_broken_stretch_is_told_by_name) {
  // Cut and padded mp3 files are common: one warning in five files helps nobody.
  const std::string healthy = read_text(folder_ / "healthy.mp3");
  write_text(music("padded.mp3"), healthy + std::string(20'000, '\0'));
  std::string broken = healthy;
  for (std::size_t i = broken.size() / 3; i < broken.size() / 2; ++i)
    broken[i] = static_cast<char>(i * i / 7);
  write_text(music("broken.mp3"), broken);
  const json warnings = expect_failed({}).at("warnings");
  ASSERT_THAT(names_in(warnings), UnorderedElementsAre("broken.mp3"));
  EXPECT_THAT(warnings.at(0).at("error").get<std::string>(), HasSubstr("broken.mp3"));
}

TEST_F(CompressedFilesTest, every_format_is_heard_as_the_same_music) {
  copy_all("song");
  const json report = expect_failed({});
  EXPECT_EQ(report.at("tracks"), 2 + suffixes_.size());
  EXPECT_THAT(report.at("warnings"), IsEmpty()) << report.dump(1);
}

TEST_F(CompressedFilesTest, every_format_finds_its_lossless_original) {
  write_library(music());
  fs::copy_file(folder_ / "healthy.flac", music("original.flac"));
  (void)index();
  for (const std::string& suffix : suffixes_) {
    EXPECT_THAT(results_of({"--audio", "healthy." + suffix, "-k", "1"}),
                ::testing::ElementsAre(EndsWith("/original.flac")))
        << suffix;
  }
}

TEST_F(CompressedFilesTest, files_cut_short_are_indexed_as_far_as_they_go_or_listed) {
  for (const int percent : {90, 50, 10, 1}) {
    const std::string stem = "cut" + std::to_string(percent);
    copy_all(stem);
    for (const std::string& suffix : suffixes_) truncate_to(music(stem + "." + suffix), percent / 100.0);
  }
  const json report = index(1);
  EXPECT_EQ(report.at("tracks").get<std::size_t>() + report.at("failed").size(), 2 + 4 * suffixes_.size());
  const auto failed = names_in(report.at("failed"));
  EXPECT_THAT(failed, Contains("cut50.m4a")) << "its table of contents stands at its end";
  for (const char* name : {"cut50.mp3", "cut50.flac", "cut50.ogg", "cut50.opus", "cut50.wav", "cut50.wv"}) {
    EXPECT_THAT(failed, Not(Contains(name))) << report.at("failed").dump(1);
  }
  expect_sound_catalog();
}

TEST_F(CompressedFilesTest, files_with_bits_turned_over_never_end_the_run) {
  for (const int count : {1, 20, 500, 10'000}) {
    const std::string stem = "flip" + std::to_string(count);
    copy_all(stem);
    for (const std::string& suffix : suffixes_) {
      flip_bits(music(stem + "." + suffix), static_cast<std::size_t>(count));
    }
  }
  const ProgramRun done = run({"index", "music", "--format", "json", "--quiet"});
  EXPECT_THAT(done.exit_status, ::testing::Le(1)) << done.errors;
  const json report = done.json();
  EXPECT_EQ(report.at("tracks").get<std::size_t>() + report.at("failed").size(), 2 + 4 * suffixes_.size());
  expect_sound_catalog();
}

TEST_F(CompressedFilesTest, rubbish_in_front_and_behind_is_survived) {
  copy_all("behind");
  copy_all("front");
  for (const std::string& suffix : suffixes_) {
    const std::string good = read_text(folder_ / ("healthy." + suffix));
    const std::string rubbish(5000, '\x5a');
    write_text(music("behind." + suffix), good + rubbish);
    write_text(music("front." + suffix), rubbish + good);
  }
  const ProgramRun done = run({"index", "music", "--format", "json", "--quiet"});
  EXPECT_THAT(done.exit_status, ::testing::Le(1)) << done.errors;
  const auto failed = names_in(done.json().at("failed"));
  for (const char* name : {"behind.mp3", "behind.flac", "behind.wav"})
    EXPECT_THAT(failed, Not(Contains(name)));
  expect_sound_catalog();
}

}  // namespace
}  // namespace resonance::testing
