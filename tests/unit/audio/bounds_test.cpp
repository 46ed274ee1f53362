#include "resonance/core/error.h"

#include <filesystem>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include "decoded_audio.h"
#include "ffmpeg_program.h"
#include "support/signals.h"
#include "support/temporary_directory.h"
#include "wav_builder.h"

namespace resonance::audio {
namespace {

using testing::decode;
using ::testing::HasSubstr;

class Bounds : public ::testing::Test {
 protected:
  void expect_limit(const std::filesystem::path& path, const DecodeLimits& limits, const std::string& text) {
    try {
      decode(path, ChannelLayout::mono, limits);
      FAIL() << "no error";
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::limit_exceeded);
      EXPECT_THAT(error.what(), HasSubstr(path.string()));
      EXPECT_THAT(error.what(), HasSubstr(text));
    }
  }

  testing::TemporaryDirectory directory_;
};

TEST_F(Bounds, a_longer_file_than_allowed_is_refused_while_it_is_decoded) {
  testing::write_wav16(directory_ / "a.wav", testing::sine(440, 3));
  expect_limit(directory_ / "a.wav", {.max_duration_s = 2}, "longer than the limit of 2 s");
  EXPECT_NO_THROW(decode(directory_ / "a.wav", ChannelLayout::mono, {.max_duration_s = 3}));
}

TEST_F(Bounds, more_channels_than_allowed_are_refused) {
  testing::write_wav16(directory_ / "a.wav", std::vector<float>(9000), 44100, 9);
  expect_limit(directory_ / "a.wav", {.max_channels = 8}, "9 channels; the limit is 8");
  EXPECT_THROW(probe(directory_ / "a.wav", {.max_channels = 8}), Error);
}

TEST_F(Bounds, a_rate_outside_the_limits_is_refused) {
  testing::write_wav16(directory_ / "high.wav", std::vector<float>(9000), 800000);
  expect_limit(directory_ / "high.wav", {}, "800000 Hz");
  testing::write_wav16(directory_ / "low.wav", std::vector<float>(9000), 500);
  expect_limit(directory_ / "low.wav", {}, "500 Hz");
}

TEST_F(Bounds, more_samples_than_allowed_are_refused) {
  testing::write_wav16(directory_ / "a.wav", testing::sine(440, 1), 44100, 2);
  expect_limit(directory_ / "a.wav", {.max_decoded_samples = 10000}, "the limit is 10000");
}

std::int64_t peak_memory_bytes() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  return static_cast<std::int64_t>(usage.ru_maxrss) * 1024;
}

TEST_F(Bounds, ten_hours_are_streamed_in_the_memory_of_a_minute) {
#ifdef __SANITIZE_ADDRESS__
  GTEST_SKIP() << "AddressSanitizer keeps freed memory";
#endif
  const auto write_hours = [&](const char* name, double hours) {
    testing::WavBuilder wav;
    wav.bits = 8;
    wav.sample_rate_hz = 8000;
    wav.claimed_bytes = static_cast<std::int64_t>(hours * 3600 * 8000);
    wav.write(directory_ / name);
    std::filesystem::resize_file(directory_ / name,
                                 44 + static_cast<std::uintmax_t>(wav.claimed_bytes));  // sparse
  };
  const auto read_through = [&](const char* name) {
    AudioFile file(directory_ / name);
    std::int64_t samples = 0;
    while (const auto block = file.read()) samples += static_cast<std::int64_t>(block->size());
    return samples;
  };
  write_hours("minute.wav", 1.0 / 60);
  write_hours("long.wav", 10);
  EXPECT_NEAR(static_cast<double>(read_through("minute.wav")), 60 * 44100, 10);
  const std::int64_t before = peak_memory_bytes();
  EXPECT_NEAR(static_cast<double>(read_through("long.wav")), 10.0 * 3600 * 44100, 10);
  EXPECT_LT(peak_memory_bytes() - before, 4 << 20);
}

TEST_F(Bounds, an_mp4_whose_index_claims_gigabytes_is_refused_within_a_bounded_memory) {
  testing::write_wav16(directory_ / "sine.wav", testing::sine(440, 0.1));
  const auto path = directory_ / "a.mov";
  testing::run_ffmpeg({"-i", (directory_ / "sine.wav").string(), "-c:a", "pcm_s16le", path.string()});
  std::string bytes = testing::read_whole(path);
  // 88 million samples: in stsz (sample count), stts (count) and stsc (samples per chunk).
  const auto put = [&](const char* atom, std::size_t offset) {
    const std::size_t at = bytes.find(atom);
    ASSERT_NE(at, std::string::npos);
    for (int i = 0; i < 4; ++i) bytes[at + offset + static_cast<std::size_t>(i)] = "\x05\x40\x00\x00"[i];
  };
  put("stsz", 12);
  put("stts", 12);
  put("stsc", 16);
  testing::write_file(path, bytes);
  const std::int64_t before = peak_memory_bytes();
  try {
    decode(path);
  } catch (const Error&) {
  }
  EXPECT_LT(peak_memory_bytes() - before, 512 << 20);
}

}  // namespace
}  // namespace resonance::audio
