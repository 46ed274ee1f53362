#include "resonance/audio/audio_file.h"

#include "resonance/core/error.h"

#include <cmath>
#include <limits>
#include <thread>
#include <utility>

#include <gtest/gtest.h>

#include "decoded_audio.h"
#include "ffmpeg_program.h"
#include "support/signals.h"
#include "support/temporary_directory.h"
#include "wav_builder.h"

namespace resonance::audio {
namespace {

using testing::decode;

class AudioFileTest : public ::testing::Test {
 protected:
  testing::TemporaryDirectory directory_;
};

TEST_F(AudioFileTest, opening_tells_what_the_container_claims_before_anything_is_decoded) {
  testing::write_wav16(directory_ / "a.wav", testing::sine(440, 3));
  const AudioFile file(directory_ / "a.wav");
  EXPECT_EQ(file.info(),
            (AudioInfo{.codec = "pcm_s16le", .sample_rate_hz = 44100, .channels = 1, .duration_s = 3}));
  EXPECT_EQ(file.report().packets, 0);
}

TEST_F(AudioFileTest, blocks_are_never_empty_and_at_most_a_second) {
  testing::write_wav_float(directory_ / "low.wav", std::vector<float>(5000, 0.1F), 1000);
  testing::write_wav_float(directory_ / "high.wav", std::vector<float>(800000, 0.1F), 768000);
  for (const char* name : {"low.wav", "high.wav"}) {
    AudioFile file(directory_ / name);
    while (const auto block = file.read()) {
      ASSERT_FALSE(block->empty());
      ASSERT_LE(block->size(), 44100U);
    }
  }
}

TEST_F(AudioFileTest, the_end_stays_the_end) {
  testing::write_wav16(directory_ / "a.wav", testing::sine(440, 0.1));
  AudioFile file(directory_ / "a.wav");
  while (file.read()) {
  }
  const ContentHash hash = file.content_hash();
  EXPECT_FALSE(file.read());
  EXPECT_EQ(file.content_hash(), hash);
}

TEST_F(AudioFileTest, a_file_can_be_moved_while_it_is_read) {
  testing::write_wav16(directory_ / "a.wav", testing::sine(440, 1));
  AudioFile first(directory_ / "a.wav");
  std::size_t samples = first.read()->size();
  AudioFile second = std::move(first);
  while (const auto block = second.read()) samples += block->size();
  EXPECT_EQ(samples, 44100U);
}

TEST_F(AudioFileTest, files_are_read_in_parallel_one_thread_each) {
  testing::write_wav16(directory_ / "sine.wav", testing::sine(440, 2));
  const auto path = testing::encode({.file = "a.mp3", .options = {}, .codec = ""}, directory_ / "sine.wav",
                                    directory_.path());
  const auto expected = decode(path);
  std::vector<testing::DecodedAudio> results(4);
  std::vector<std::thread> threads;
  threads.reserve(results.size());
  for (auto& result : results) threads.emplace_back([&result, &path] { result = decode(path); });
  for (auto& thread : threads) thread.join();
  for (const auto& result : results) EXPECT_EQ(result.samples, expected.samples);
}

TEST_F(AudioFileTest, nan_and_infinite_samples_become_zero_and_are_counted) {
  constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  testing::write_wav_float(directory_ / "mono.wav",
                           std::vector<float>{0.5F, kNan, kInfinity, -kInfinity, 0.25F});
  const auto mono = decode(directory_ / "mono.wav");
  EXPECT_EQ(mono.samples, (std::vector<float>{0.5F, 0, 0, 0, 0.25F}));
  EXPECT_EQ(mono.report.invalid_samples, 3);

  testing::write_wav_float(directory_ / "stereo.wav",
                           std::vector<float>{0.5F, kNan, kInfinity, -kInfinity, 0.5F, 0.25F}, 44100, 2);
  const auto stereo = decode(directory_ / "stereo.wav");
  EXPECT_EQ(stereo.samples, (std::vector<float>{0.25F, 0, 0.375F}));
  EXPECT_EQ(stereo.report.invalid_samples, 3);
  EXPECT_EQ(decode(directory_ / "stereo.wav", ChannelLayout::stereo).samples,
            (std::vector<float>{0.5F, 0, 0, 0, 0.5F, 0.25F}));
}

TEST_F(AudioFileTest, the_largest_floats_stay_finite_when_mixed_and_resampled) {
  testing::write_wav_float(directory_ / "a.wav", std::vector<float>(20000, std::numeric_limits<float>::max()),
                           48000, 2);
  for (const float sample : decode(directory_ / "a.wav").samples) ASSERT_TRUE(std::isfinite(sample));
}

TEST_F(AudioFileTest, one_sample_is_audio) {
  testing::WavBuilder{.data = std::string("\x00\x40", 2)}.write(directory_ / "a.wav");
  EXPECT_EQ(decode(directory_ / "a.wav").samples, std::vector<float>{0.5F});
}

TEST_F(AudioFileTest, a_few_samples_at_another_rate_are_audio) {
  for (const std::size_t count : {1, 2, 5, 16, 100}) {
    testing::write_wav_float(directory_ / "a.wav", std::vector<float>(count, 0.5F), 8000);
    EXPECT_NEAR(static_cast<double>(decode(directory_ / "a.wav").samples.size()), 44100.0 / 8000 * count, 6)
        << count;
  }
}

TEST_F(AudioFileTest, names_with_any_bytes_are_only_names) {
  const std::string source = (directory_ / "source.wav").string();
  testing::write_wav16(source, testing::sine(440, 0.1));
  for (const std::string name :
       {"with space.wav", "with 'quote\".wav", "with\nnewline.wav", "broken\xFF\xC3utf8.wav", "-dash.wav",
        "percent%d.wav", "file:a.wav", "pipe:0.wav", "concat:a|b.wav"}) {
    std::filesystem::copy_file(source, directory_ / name);
    EXPECT_EQ(decode(directory_ / name).samples.size(), 4410U) << name;
  }
}

}  // namespace
}  // namespace resonance::audio
