#include <cmath>
#include <numbers>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "decoded_audio.h"
#include "ffmpeg_program.h"
#include "support/signals.h"
#include "support/temporary_directory.h"
#include "wav_builder.h"

namespace resonance::audio {
namespace {

using testing::decode;
using testing::Encoding;

constexpr double kToneHz = 997;
constexpr float kToneAmplitude = 0.5F;
constexpr double kDurationSeconds = 2;

class Format : public ::testing::TestWithParam<Encoding> {
 protected:
  testing::TemporaryDirectory directory_;
};

TEST_P(Format, a_sine_comes_back_at_its_level_and_length) {
  testing::write_wav16(directory_ / "sine.wav", testing::sine(kToneHz, kDurationSeconds, kToneAmplitude));
  const auto path = testing::encode(GetParam(), directory_ / "sine.wav", directory_.path() / "");
  const auto decoded = decode(path);
  EXPECT_NEAR(testing::tone_amplitude(decoded.samples, kToneHz), kToneAmplitude,
              kToneAmplitude * GetParam().level_tolerance);
  const double length_s = static_cast<double>(decoded.samples.size()) / 44100;
  EXPECT_NEAR(length_s, kDurationSeconds, GetParam().length_tolerance_s + 0.00005);
  EXPECT_DOUBLE_EQ(decoded.info.duration_s, length_s);
  EXPECT_EQ(decoded.info.codec, GetParam().codec);
  EXPECT_EQ(decoded.info.channels, 1);
  EXPECT_GT(decoded.report.packets, 0);
  EXPECT_EQ(decoded.report.damaged_packets, 0);
  EXPECT_EQ(decoded.report.invalid_samples, 0);
  EXPECT_FALSE(decoded.report.truncated);
}

TEST_P(Format, probing_gives_what_reading_gives) {
  testing::write_wav16(directory_ / "sine.wav", testing::sine(kToneHz, kDurationSeconds, kToneAmplitude));
  const auto path =
      testing::encode(GetParam(), directory_ / "sine.wav", directory_.path(), {"title=A title"});
  const AudioProbe probed = probe(path);
  const auto decoded = decode(path);
  EXPECT_EQ(probed.hash, decoded.hash);
  EXPECT_EQ(probed.tags, decoded.tags);
  EXPECT_EQ(probed.info.codec, decoded.info.codec);
  EXPECT_EQ(probed.info.sample_rate_hz, decoded.info.sample_rate_hz);
  EXPECT_EQ(probed.info.channels, decoded.info.channels);
  EXPECT_NEAR(probed.info.duration_s, decoded.info.duration_s, 0.25);
}

INSTANTIATE_TEST_SUITE_P(Each, Format, ::testing::ValuesIn(testing::encodings()), testing::NamedByFile());

class SampleFormat : public ::testing::TestWithParam<std::string> {};

TEST_P(SampleFormat, a_full_scale_wav_of_any_sample_format_stays_in_one) {
  const testing::TemporaryDirectory directory;
  testing::write_wav_float(directory / "in.wav", testing::sine(kToneHz, 1, 1.0F));
  const auto path = directory / "out.wav";
  testing::run_ffmpeg({"-i", (directory / "in.wav").string(), "-c:a", GetParam(), path.string()});
  const auto decoded = decode(path);
  EXPECT_EQ(decoded.samples.size(), 44100U);
  EXPECT_NEAR(testing::tone_amplitude(decoded.samples, kToneHz), 1.0F, 0.01F);
  for (const float sample : decoded.samples) ASSERT_LE(std::abs(sample), 1.0F);
}

INSTANTIATE_TEST_SUITE_P(Each, SampleFormat,
                         ::testing::Values("pcm_u8", "pcm_s16le", "pcm_s24le", "pcm_s32le", "pcm_s64le",
                                           "pcm_f32le", "pcm_f64le", "pcm_alaw", "pcm_mulaw"),
                         [](const auto& parameter) { return parameter.param; });

TEST(Formats, sixteen_bit_samples_scale_by_exactly_two_to_the_minus_fifteen) {
  const testing::TemporaryDirectory directory;
  const auto path = directory / "a.wav";
  testing::WavBuilder{.data = std::string("\x00\x00\x01\x00\xff\xff\xff\x7f\x00\x80", 10)}.write(path);
  EXPECT_THAT(decode(path).samples, ::testing::ElementsAre(0.0F, 0x1p-15F, -0x1p-15F, 1 - 0x1p-15F, -1.0F));
}

TEST(Formats, a_float_file_beyond_full_scale_is_passed_on_as_it_is) {
  const testing::TemporaryDirectory directory;
  const std::vector<float> samples{0.0F, 3.5F, -2.25F, 1e30F};
  testing::write_wav_float(directory / "loud.wav", samples);
  EXPECT_EQ(decode(directory / "loud.wav").samples, samples);
}

TEST(Formats, the_suffix_does_not_decide_what_a_file_is) {
  const testing::TemporaryDirectory directory;
  testing::write_wav16(directory / "really_a_wav.mp3", testing::sine(kToneHz, 1));
  EXPECT_EQ(decode(directory / "really_a_wav.mp3").info.codec, "pcm_s16le");
}

TEST(Formats, the_sound_of_a_film_is_read_without_its_pictures) {
  const testing::TemporaryDirectory directory;
  const auto path = directory / "film.mp4";
  testing::run_ffmpeg({"-f", "lavfi", "-i", "testsrc=size=320x240:duration=2", "-f", "lavfi", "-i",
                       "sine=frequency=997:duration=2", "-c:v", "mpeg4", "-c:a", "aac", path.string()});
  const auto decoded = decode(path);
  EXPECT_EQ(decoded.info.codec, "aac");
  EXPECT_NEAR(static_cast<double>(decoded.samples.size()) / 44100, 2, 0.05);
}

TEST(Formats, a_cover_picture_is_no_audio) {
  const testing::TemporaryDirectory directory;
  testing::write_wav16(directory / "sine.wav", testing::sine(kToneHz, 1));
  const auto path = directory / "cover.mp3";
  testing::run_ffmpeg({"-i", (directory / "sine.wav").string(), "-f", "lavfi", "-i",
                       "color=red:size=600x600:d=0.04", "-map", "0", "-map", "1", "-c:v", "png", "-frames:v",
                       "1", "-b:a", "128k", path.string()});
  const auto decoded = decode(path);
  EXPECT_EQ(decoded.samples.size(), 44100U);
  EXPECT_EQ(decoded.info.codec, "mp3");
}

TEST(Formats, a_picture_is_refused) {
  const testing::TemporaryDirectory directory;
  const auto path = directory / "picture.mp3";
  testing::run_ffmpeg({"-f", "lavfi", "-i", "color=red:size=64x64:d=0.04", "-frames:v", "1", "-f", "image2",
                       "-c:v", "png", path.string()});
  EXPECT_ANY_THROW(decode(path));
}

}  // namespace
}  // namespace resonance::audio
