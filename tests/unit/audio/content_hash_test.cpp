#include <filesystem>

#include <gtest/gtest.h>

#include "decoded_audio.h"
#include "ffmpeg_program.h"
#include "support/signals.h"
#include "support/temporary_directory.h"
#include "wav_builder.h"

namespace resonance::audio {
namespace {

using testing::Arguments;
using testing::Encoding;

class Retagging : public ::testing::TestWithParam<Encoding> {
 protected:
  void SetUp() override {
    testing::write_wav16(directory_ / "source.wav", testing::white_noise(1, 0.5F));
    path_ = testing::encode(GetParam(), directory_ / "source.wav", directory_.path(), {"title=Before"});
  }

  testing::TemporaryDirectory directory_;
  std::filesystem::path path_;
};

TEST_P(Retagging, other_tags_leave_the_hash_alone) {
  const auto retagged = directory_ / ("retagged" + path_.extension().string());
  testing::run_ffmpeg({"-i", path_.string(), "-map_metadata", "-1", "-metadata",
                       "title=After, and much longer", "-metadata", "artist=Somebody", "-metadata",
                       "comment=" + std::string(5000, 'x'), "-c", "copy", retagged.string()});
  EXPECT_EQ(probe(retagged).hash, probe(path_).hash);
}

TEST_P(Retagging, moving_and_renaming_leave_the_hash_alone) {
  const ContentHash before = probe(path_).hash;
  std::filesystem::create_directory(directory_ / "elsewhere");
  const auto moved = directory_ / "elsewhere" / ("other name" + path_.extension().string());
  std::filesystem::rename(path_, moved);
  EXPECT_EQ(probe(moved).hash, before);
}

TEST_P(Retagging, other_audio_has_another_hash) {
  testing::write_wav16(directory_ / "other.wav", testing::white_noise(1, 0.5F, 2));
  std::filesystem::create_directory(directory_ / "other");
  const auto other = testing::encode(GetParam(), directory_ / "other.wav", directory_ / "other");
  EXPECT_NE(probe(other).hash, probe(path_).hash);
}

INSTANTIATE_TEST_SUITE_P(Each, Retagging, ::testing::ValuesIn(testing::encodings()), testing::NamedByFile());

class ContentHashTest : public ::testing::Test {
 protected:
  std::filesystem::path encoded(const std::string& file, const Arguments& options) {
    testing::write_wav16(directory_ / "source.wav", testing::white_noise(1, 0.5F));
    return testing::encode({.file = file, .options = options, .codec = ""}, directory_ / "source.wav",
                           directory_.path());
  }

  testing::TemporaryDirectory directory_;
};

std::string id3v1(const std::string& title) {
  std::string tag = "TAG" + title;
  tag.resize(128);
  return tag;
}

// An APEv2 tag of one binary item, with header and footer.
std::string ape(const std::string& value) {
  const auto number = [](std::size_t n) {
    std::string bytes;
    for (int i = 0; i < 4; ++i) bytes.push_back(static_cast<char>(n >> (8 * i) & 0xff));
    return bytes;
  };
  const std::string item = number(value.size()) + number(2) + "Cover Art" + std::string(1, '\0') + value;
  const auto frame = [&](std::size_t flags) {
    return "APETAGEX" + number(2000) + number(item.size() + 32) + number(1) + number(flags) +
           std::string(8, '\0');
  };
  return frame(0xA0000000U) + item + frame(0x80000000U);
}

TEST_F(ContentHashTest, tags_appended_to_a_stream_of_frames_are_no_audio) {
  // A cover picture in an APE tag may well look like MP3 frames.
  const auto mp3 = encoded("a.mp3", {"-b:a", "128k", "-write_xing", "0", "-id3v2_version", "0"});
  const std::string audio = testing::read_whole(mp3);
  for (const char* name : {"a.mp3", "a.aac", "a.ac3", "a.flac", "a.wv", "a.tta"}) {
    const auto path = encoded(name, name == std::string("a.mp3") ? Arguments{"-b:a", "128k"} : Arguments{});
    const auto plain = testing::decode(path);
    const std::string bytes = testing::read_whole(path);
    for (const std::string& tail :
         {id3v1("One"), id3v1("Two"), ape(audio), ape(audio) + id3v1("Three"),
          std::string("LYRICSBEGININD0000200LAL00005abcde000034LYRICS200") + id3v1("Four")}) {
      testing::write_file(path, bytes + tail);
      const auto tagged = testing::decode(path);
      EXPECT_EQ(tagged.hash, plain.hash) << name;
      EXPECT_EQ(tagged.samples, plain.samples) << name;
      EXPECT_EQ(tagged.report.damaged_packets, 0) << name;
      EXPECT_FALSE(tagged.report.truncated) << name;
    }
  }
}

TEST_F(ContentHashTest, a_large_id3v2_tag_in_front_changes_nothing) {
  for (const char* name : {"a.mp3", "a.flac", "a.aac"}) {
    const auto path = encoded(name, {});
    const ContentHash hash = probe(path).hash;
    // 3 MiB of padding, sizes in seven bits a byte.
    const std::string header("ID3\x04\x00\x00\x01\x40\x00\x00", 10);
    testing::write_file(path, header + std::string(3 << 20, '\0') + testing::read_whole(path));
    EXPECT_EQ(probe(path).hash, hash) << name;
  }
}

TEST_F(ContentHashTest, the_place_of_the_index_in_an_mp4_does_not_matter) {
  const auto path = encoded("a.m4a", {"-c:a", "aac"});
  const auto fast = directory_ / "fast.m4a";
  testing::run_ffmpeg({"-i", path.string(), "-c", "copy", "-movflags", "+faststart", fast.string()});
  EXPECT_NE(testing::read_whole(fast), testing::read_whole(path));
  EXPECT_EQ(probe(fast).hash, probe(path).hash);
}

TEST_F(ContentHashTest, the_same_bytes_at_another_rate_are_other_audio) {
  testing::WavBuilder wav{.data = std::string(1000, 'x')};
  wav.write(directory_ / "a.wav");
  wav.sample_rate_hz = 22050;
  wav.write(directory_ / "b.wav");
  EXPECT_NE(probe(directory_ / "a.wav").hash, probe(directory_ / "b.wav").hash);
}

}  // namespace
}  // namespace resonance::audio
