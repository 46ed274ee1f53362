#include "resonance/core/error.h"

#include <fstream>
#include <optional>
#include <random>

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "decoded_audio.h"
#include "ffmpeg_program.h"
#include "support/signals.h"
#include "support/temporary_directory.h"
#include "wav_builder.h"

namespace resonance::audio {
namespace {

using ::testing::AnyOf;
using testing::decode;
using testing::Encoding;
using ::testing::HasSubstr;

// The Error of reading a file to its end, which must name the file; nothing if it can be read.
std::optional<Error> error_of(const std::filesystem::path& path) {
  try {
    decode(path);
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), HasSubstr(path.string()));
    return error;
  }
  return std::nullopt;
}

#define EXPECT_ERROR(path, expected, text)                \
  do {                                                    \
    const auto error = error_of(path);                    \
    ASSERT_TRUE(error) << (path);                         \
    EXPECT_EQ(name_of(error->code()), name_of(expected)); \
    EXPECT_THAT(error->what(), HasSubstr(text));          \
  } while (false)

class BadInput : public ::testing::Test {
 protected:
  std::filesystem::path file(const std::string& name, const std::string& bytes) {
    testing::write_file(directory_ / name, bytes);
    return directory_ / name;
  }

  testing::TemporaryDirectory directory_;
};

TEST_F(BadInput, a_missing_file_is_not_found) {
  EXPECT_ERROR(directory_ / "none.mp3", ErrorCode::not_found, "No such file");
}

TEST_F(BadInput, a_folder_is_no_audio_file) {
  EXPECT_ERROR(directory_.path(), ErrorCode::unsupported_format, "folder");
}

TEST_F(BadInput, a_fifo_is_refused_without_waiting_for_a_writer) {
  ASSERT_EQ(::mkfifo((directory_ / "fifo.mp3").c_str(), 0600), 0);
  EXPECT_ERROR(directory_ / "fifo.mp3", ErrorCode::unsupported_format, "no regular file");
}

TEST_F(BadInput, a_device_is_refused) {
  EXPECT_ERROR("/dev/zero", ErrorCode::unsupported_format, "no regular file");
}

TEST_F(BadInput, a_file_the_system_keeps_closed_is_unreadable) {
  if (::geteuid() == 0) GTEST_SKIP() << "root may read everything";
  const auto path = file("a.wav", "x");
  std::filesystem::permissions(path, std::filesystem::perms::none);
  EXPECT_ERROR(path, ErrorCode::unreadable, "Permission denied");
}

TEST_F(BadInput, an_empty_file_is_damaged) {
  EXPECT_ERROR(file("a.mp3", ""), ErrorCode::corrupt_data, "is empty");
}

TEST_F(BadInput, a_file_without_a_sample_holds_no_audio) {
  testing::WavBuilder{}.write(directory_ / "a.wav");
  EXPECT_ERROR(directory_ / "a.wav", ErrorCode::corrupt_data, "holds no audio");
  EXPECT_THROW(probe(directory_ / "a.wav"), Error);
}

TEST_F(BadInput, text_is_refused_whatever_its_suffix) {
  std::string text;
  for (int i = 0; i < 5000; ++i) text += "It was a dark and stormy night. ";
  for (const char* name : {"a.mp3", "a.flac", "a.wav", "a.m4a", "a.ogg", "a.aac", "a.mod", "a.ape", "a.ac3",
                           "a.dts", "a.shn", "a.amr", "a"}) {
    const auto error = error_of(file(name, text));
    ASSERT_TRUE(error) << name;
    EXPECT_THAT(error->code(), AnyOf(ErrorCode::unsupported_format, ErrorCode::corrupt_data)) << name;
    EXPECT_TRUE(error_of(file(name, "x"))) << name;
  }
}

TEST_F(BadInput, zeros_and_noise_are_refused_whatever_their_suffix) {
  std::mt19937 generator(1);
  std::string noise(200'000, '\0');
  for (const char* name : {"zeros.mp3", "zeros.aac", "zeros.wav"})
    EXPECT_TRUE(error_of(file(name, noise))) << name;
  for (char& byte : noise) byte = static_cast<char>(generator());
  for (const char* name : {"noise.wav", "noise.flac", "noise.m4a"})
    EXPECT_TRUE(error_of(file(name, noise))) << name;
}

// Each names a real audio file beside it: if the reference were followed, audio would come back.
TEST_F(BadInput, a_file_that_refers_to_other_files_never_opens_them) {
  testing::write_wav16(directory_ / "secret.wav", testing::sine(440, 1));
  const std::string secret = (directory_ / "secret.wav").string();
  const std::vector<std::string> playlists{
      "#EXTM3U\n#EXTINF:1,Secret\n" + secret + "\n",
      "#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:1,\nfile://" + secret + "\n#EXT-X-ENDLIST\n",
      "#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:1,\nhttp://127.0.0.1:9/a.ts\n#EXT-X-ENDLIST\n",
      "ffconcat version 1.0\nfile '" + secret + "'\n",
      "[playlist]\nFile1=" + secret + "\nNumberOfEntries=1\nVersion=2\n",
      "v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns=x\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 5004 RTP/AVP 0\r\n",
      "<?xml version=\"1.0\"?>\n<MPD xmlns=\"urn:mpeg:dash:schema:mpd:2011\" "
      "type=\"static\"><Period><AdaptationSet>"
      "<Representation><BaseURL>" +
          secret + "</BaseURL></Representation></AdaptationSet></Period></MPD>",
      "[Reference]\r\nRef1=http://127.0.0.1:9/a\r\n",
      "RTSPtext\nrtsp://127.0.0.1:9/a\n",
      "CUE\nFILE \"" + secret + "\" WAVE\n  TRACK 01 AUDIO\n    INDEX 01 00:00:00\n",
  };
  for (const std::string& playlist : playlists) {
    for (const char* name :
         {"list.m3u", "list.m3u8", "list.mp3", "list.m4a", "list.mpd", "list.sdp", "list.ffconcat"}) {
      EXPECT_ERROR(file(name, playlist), ErrorCode::unsupported_format, "no audio file");
    }
  }
}

TEST_F(BadInput, an_mp4_whose_audio_lies_in_another_file_is_not_followed) {
  testing::write_wav16(directory_ / "sine.wav", testing::sine(440, 1));
  const auto path = directory_ / "a.mov";
  testing::run_ffmpeg({"-i", (directory_ / "sine.wav").string(), "-c:a", "pcm_s16le", path.string()});
  std::string bytes = testing::read_whole(path);
  // The data reference "url " with flag 1 (in this file) becomes one to somewhere else.
  const std::size_t reference = bytes.find(std::string("url \0\0\0\1", 8));
  ASSERT_NE(reference, std::string::npos);
  bytes[reference + 7] = 0;
  testing::write_file(path, bytes);
  EXPECT_NO_FATAL_FAILURE(error_of(path));
}

TEST_F(BadInput, addresses_are_names_of_files_that_do_not_exist) {
  for (const char* name :
       {"http://127.0.0.1:9/a.mp3", "file:/etc/passwd", "concat:/etc/passwd|/etc/hosts", "data:,x",
        "subfile,,start,0,end,0,,:/etc/passwd", "pipe:0", "-", "cache:http://127.0.0.1:9/"}) {
    EXPECT_ERROR(name, ErrorCode::not_found, "No such file");
  }
}

TEST_F(BadInput, a_header_that_claims_more_than_there_is_is_reported_as_truncated) {
  testing::WavBuilder{.data = std::string(88200, 'x'), .claimed_bytes = 0x40000000}.write(directory_ /
                                                                                          "a.wav");
  const auto decoded = decode(directory_ / "a.wav");
  EXPECT_EQ(decoded.samples.size(), 44100U);
  EXPECT_EQ(decoded.info.duration_s, 1);
  EXPECT_TRUE(decoded.report.truncated);
}

TEST_F(BadInput, a_wav_written_to_a_pipe_claims_nothing_and_is_whole) {
  for (const std::int64_t placeholder : {0xFFFFFFFFLL - 36, 0x7FFFFFFFLL, 0x7FFFF000LL}) {
    testing::WavBuilder{.data = std::string(88200, 'x'), .claimed_bytes = placeholder}.write(directory_ /
                                                                                             "a.wav");
    const auto decoded = decode(directory_ / "a.wav");
    EXPECT_EQ(decoded.samples.size(), 44100U) << placeholder;
    EXPECT_FALSE(decoded.report.truncated) << placeholder;
  }
}

TEST_F(BadInput, a_file_that_grows_is_read_to_the_length_it_had) {
  testing::WavBuilder{.data = std::string(882000, 'x'), .claimed_bytes = 0xFFFFFFFF}.write(directory_ /
                                                                                           "a.wav");
  AudioFile audio(directory_ / "a.wav");
  std::size_t samples = 0;
  std::ofstream writer(directory_ / "a.wav", std::ios::binary | std::ios::app);
  while (const auto block = audio.read()) {
    samples += block->size();
    writer << std::string(64 << 10, 'y') << std::flush;
  }
  EXPECT_EQ(samples, 441000U);
}

TEST_F(BadInput, a_file_that_shrinks_is_read_to_what_is_left) {
  testing::WavBuilder{.data = std::string(882000, 'x')}.write(directory_ / "a.wav");
  AudioFile audio(directory_ / "a.wav");
  std::size_t samples = audio.read()->size();
  std::filesystem::resize_file(directory_ / "a.wav", 400'000);
  while (const auto block = audio.read()) samples += block->size();
  EXPECT_LT(samples, 441000U);
  EXPECT_TRUE(audio.report().truncated);
}

class DamagedFile : public ::testing::TestWithParam<Encoding> {
 protected:
  void SetUp() override {
    testing::write_wav16(directory_ / "source.wav", testing::white_noise(3, 0.3F));
    path_ = testing::encode(GetParam(), directory_ / "source.wav", directory_.path());
    bytes_ = testing::read_whole(path_);
  }

  // Audio of bounded length, or an Error; nothing else.
  std::optional<testing::DecodedAudio> read(const std::string& bytes) {
    testing::write_file(path_, bytes);
    try {
      auto decoded = decode(path_, ChannelLayout::mono, {.max_duration_s = 600});
      for (const float sample : decoded.samples) EXPECT_TRUE(std::isfinite(sample));
      EXPECT_LE(decoded.longest_block, 44100U);
      return decoded;
    } catch (const Error& error) {
      EXPECT_THAT(error.what(), HasSubstr(path_.string()));
      return std::nullopt;
    }
  }

  testing::TemporaryDirectory directory_;
  std::filesystem::path path_;
  std::string bytes_;
};

TEST_P(DamagedFile, a_truncated_file_gives_what_is_there_or_an_error) {
  const bool index_at_the_end = path_.extension() == ".m4a";
  for (const int percent : {1, 10, 50, 60, 90, 99}) {
    const auto decoded = read(bytes_.substr(0, bytes_.size() * static_cast<std::size_t>(percent) / 100));
    if (percent < 50) continue;
    EXPECT_EQ(decoded.has_value(), !index_at_the_end) << percent;
    if (decoded) {
      EXPECT_LT(decoded->samples.size(), 3.2 * 44100);
    }
  }
}

TEST_P(DamagedFile, flipped_bits_give_audio_or_an_error) {
  std::mt19937 generator(7);
  for (int round = 0; round < 60; ++round) {
    std::string bytes = bytes_;
    const int flips = 1 << (round % 10);
    // Half of the rounds aim at the header, where a bit decides most.
    const std::size_t range = round % 2 == 0 ? bytes.size() : std::min<std::size_t>(bytes.size(), 600);
    for (int i = 0; i < flips; ++i) bytes[generator() % range] ^= static_cast<char>(1U << (generator() % 8));
    read(bytes);
  }
}

TEST_P(DamagedFile, what_comes_before_a_hole_in_the_middle_is_read) {
  std::string bytes = bytes_;
  std::fill_n(bytes.begin() + static_cast<std::ptrdiff_t>(bytes.size() / 2), bytes.size() / 20, '\xA5');
  const auto decoded = read(bytes);
  ASSERT_TRUE(decoded);
  EXPECT_GT(decoded->samples.size(), 44100U);  // Matroska loses the rest of its cluster
}

INSTANTIATE_TEST_SUITE_P(Each, DamagedFile, ::testing::ValuesIn(testing::encodings()),
                         testing::NamedByFile());

}  // namespace
}  // namespace resonance::audio
