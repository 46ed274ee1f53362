#include <cmath>
#include <numbers>
#include <string>

#include <gtest/gtest.h>

#include "decoded_audio.h"
#include "ffmpeg_program.h"
#include "support/signals.h"
#include "support/temporary_directory.h"
#include "wav_builder.h"

namespace resonance::audio {
namespace {

using testing::decode;

std::vector<float> sine_at_rate(double frequency_hz, int sample_rate_hz, double duration_s) {
  std::vector<float> samples(static_cast<std::size_t>(duration_s * sample_rate_hz));
  for (std::size_t i = 0; i < samples.size(); ++i) {
    const double phase = 2 * std::numbers::pi * frequency_hz * static_cast<double>(i) / sample_rate_hz;
    samples[i] = static_cast<float>(0.5 * std::sin(phase));
  }
  return samples;
}

class SampleRate : public ::testing::TestWithParam<int> {};

TEST_P(SampleRate, a_sine_keeps_frequency_level_length_and_start) {
  const testing::TemporaryDirectory directory;
  testing::write_wav_float(directory / "a.wav", sine_at_rate(997, GetParam(), 2), GetParam());
  const auto decoded = decode(directory / "a.wav");
  EXPECT_EQ(decoded.info.sample_rate_hz, GetParam());
  EXPECT_NEAR(static_cast<double>(decoded.samples.size()), 2 * 44100, 2);
  EXPECT_NEAR(testing::tone_amplitude(decoded.samples, 997), 0.5F, 0.001F);
  // In phase with the original, far from the ends: no delay was added.
  for (std::size_t i = 20000; i < 20100; ++i) {
    ASSERT_NEAR(decoded.samples[i],
                0.5 * std::sin(2 * std::numbers::pi * 997 * static_cast<double>(i) / 44100), 0.003);
  }
}

INSTANTIATE_TEST_SUITE_P(Each, SampleRate,
                         ::testing::Values(8000, 11025, 22050, 32000, 44100, 48000, 96000, 192000),
                         ::testing::PrintToStringParamName());

TEST(Resampling, what_44100_hz_cannot_hold_does_not_come_back_as_something_else) {
  const testing::TemporaryDirectory directory;
  testing::write_wav_float(directory / "a.wav", sine_at_rate(30000, 96000, 1), 96000);
  const auto decoded = decode(directory / "a.wav");
  const std::span<const float> samples(decoded.samples);
  EXPECT_LT(testing::rms(samples.subspan(4410, samples.size() - 8820)), 0.5F * 1e-4F);
}

TEST(Resampling, highs_below_eighteen_kilohertz_keep_their_level) {
  const testing::TemporaryDirectory directory;
  testing::write_wav_float(directory / "a.wav", sine_at_rate(18000, 48000, 1), 48000);
  EXPECT_NEAR(testing::tone_amplitude(decode(directory / "a.wav").samples, 18000), 0.5F, 0.005F);
}

// Channel c of N holds the constant (c + 1) / 10, so that the mean and each channel are known.
std::vector<float> steps(int channels) {
  std::vector<float> samples(1000UL * static_cast<std::size_t>(channels));
  for (std::size_t i = 0; i < samples.size(); ++i) {
    samples[i] = static_cast<float>(i % static_cast<std::size_t>(channels) + 1) / 10.0F;
  }
  return samples;
}

class ChannelCount : public ::testing::TestWithParam<int> {};

TEST_P(ChannelCount, mono_is_the_mean_of_all_channels) {
  const testing::TemporaryDirectory directory;
  testing::write_wav_float(directory / "a.wav", steps(GetParam()), 44100, GetParam());
  const auto decoded = decode(directory / "a.wav");
  ASSERT_EQ(decoded.samples.size(), 1000U);
  EXPECT_EQ(decoded.info.channels, GetParam());
  for (const float sample : decoded.samples)
    ASSERT_NEAR(sample, static_cast<float>(GetParam() + 1) / 20.0F, 1e-6F);
}

TEST_P(ChannelCount, stereo_of_equal_channels_has_their_level_on_both_sides) {
  const testing::TemporaryDirectory directory;
  testing::write_wav_float(directory / "a.wav",
                           std::vector<float>(1000UL * static_cast<std::size_t>(GetParam()), 0.25F), 44100,
                           GetParam());
  const auto decoded = decode(directory / "a.wav", ChannelLayout::stereo);
  ASSERT_EQ(decoded.samples.size(), 2000U);
  for (const float sample : decoded.samples) ASSERT_NEAR(sample, 0.25F, 1e-6F);
}

INSTANTIATE_TEST_SUITE_P(Each, ChannelCount, ::testing::Values(1, 2, 3, 6, 8, 64),
                         ::testing::PrintToStringParamName());

TEST(Channels, two_channels_stay_apart_in_stereo) {
  const testing::TemporaryDirectory directory;
  testing::write_wav_float(directory / "a.wav", steps(2), 44100, 2);
  const auto decoded = decode(directory / "a.wav", ChannelLayout::stereo);
  for (const float sample : testing::channel_of(decoded.samples, 0)) ASSERT_EQ(sample, 0.1F);
  for (const float sample : testing::channel_of(decoded.samples, 1)) ASSERT_EQ(sample, 0.2F);
}

TEST(Channels, stereo_is_resampled_without_mixing_its_sides) {
  const testing::TemporaryDirectory directory;
  std::vector<float> interleaved;
  for (const float sample : sine_at_rate(997, 48000, 1)) {
    interleaved.push_back(sample);
    interleaved.push_back(0);
  }
  testing::write_wav_float(directory / "a.wav", interleaved, 48000, 2);
  const auto decoded = decode(directory / "a.wav", ChannelLayout::stereo);
  EXPECT_NEAR(testing::tone_amplitude(testing::channel_of(decoded.samples, 0), 997), 0.5F, 0.001F);
  EXPECT_EQ(testing::rms(testing::channel_of(decoded.samples, 1)), 0.0F);
}

TEST(Channels, the_left_of_a_surround_file_is_left_and_its_centre_on_both_sides) {
  const testing::TemporaryDirectory directory;
  testing::write_wav16(directory / "sine.wav", testing::sine(997, 1));
  const auto side = [&](const std::string& channel) {
    const auto path = directory / (channel + ".flac");
    testing::run_ffmpeg(
        {"-i", (directory / "sine.wav").string(), "-af", "pan=5.1|" + channel + "=c0", path.string()});
    const auto decoded = decode(path, ChannelLayout::stereo);
    return std::pair(testing::rms(testing::channel_of(decoded.samples, 0)),
                     testing::rms(testing::channel_of(decoded.samples, 1)));
  };
  const auto [left, silent] = side("FL");
  EXPECT_GT(left, 0.1F);
  EXPECT_EQ(silent, 0.0F);
  const auto [centre_left, centre_right] = side("FC");
  EXPECT_GT(centre_left, 0.05F);
  EXPECT_EQ(centre_left, centre_right);
}

TEST(Channels, a_change_of_rate_and_channels_within_a_file_is_followed) {
  const testing::TemporaryDirectory directory;
  testing::write_wav16(directory / "sine.wav", testing::sine(997, 2));
  const auto part = [&](const std::string& name, const std::string& rate, const std::string& filter) {
    const auto path = directory / name;
    testing::run_ffmpeg({"-i", (directory / "sine.wav").string(), "-ar", rate, "-af", filter, "-b:a", "128k",
                         "-write_xing", "0", "-id3v2_version", "0", path.string()});
    return testing::read_whole(path);
  };
  testing::write_file(directory / "both.mp3",
                      part("a.mp3", "44100", "pan=stereo|c0=c0|c1=c0") + part("b.mp3", "48000", "anull"));
  const auto decoded = decode(directory / "both.mp3");
  EXPECT_NEAR(static_cast<double>(decoded.samples.size()) / 44100, 4, 0.15);
  const std::span<const float> samples(decoded.samples);
  EXPECT_NEAR(testing::tone_amplitude(samples.first(80000), 997), 0.5F, 0.03F);
  EXPECT_NEAR(testing::tone_amplitude(samples.last(80000), 997), 0.5F, 0.03F);
}

}  // namespace
}  // namespace resonance::audio
