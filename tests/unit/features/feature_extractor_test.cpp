#include "resonance/features/feature_extractor.h"

#include "resonance/core/feature_contract.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "extract.h"
#include "support/signals.h"

namespace resonance::features {
namespace {

using ::testing::Each;
using testing::extract;

std::size_t peak_of(std::span<const float> row) {
  return static_cast<std::size_t>(std::ranges::max_element(row) - row.begin());
}

void expect_same(const FeatureBlock& a, const FeatureBlock& b) {
  EXPECT_TRUE(std::ranges::equal(a.log_mel.values(), b.log_mel.values()));
  EXPECT_TRUE(std::ranges::equal(a.chroma.values(), b.chroma.values()));
  EXPECT_TRUE(std::ranges::equal(a.tempogram.values(), b.tempogram.values()));
  EXPECT_EQ(a.onset, b.onset);
  EXPECT_EQ(a.loudness, b.loudness);
  EXPECT_EQ(a.pitch_peaks, b.pitch_peaks);
}

void expect_silence(const FeatureBlock& block) {
  EXPECT_THAT(block.log_mel.values(), Each(-100.0F));
  EXPECT_THAT(block.chroma.values(), Each(0.0F));
  EXPECT_THAT(block.tempogram.values(), Each(0.0F));
  EXPECT_THAT(block.onset, Each(0.0F));
  EXPECT_THAT(block.loudness, Each(0.0F));
  EXPECT_THAT(block.pitch_peaks, Each(0.0F));
}

TEST(FeatureExtractor, has_one_frame_every_882_samples_and_one_more) {
  for (const std::size_t samples :
       {1U, 881U, 882U, 883U, 1024U, 16U * 882U - 1, 16U * 882U, 30000U, 200000U}) {
    const std::vector<float> signal(samples, 0.25F);
    EXPECT_EQ(extract(signal).frames(),
              static_cast<std::size_t>(frame_count(static_cast<std::int64_t>(samples))));
  }
}

TEST(FeatureExtractor, gives_nothing_for_no_samples) {
  FeatureExtractor extractor;
  extractor.push({});
  extractor.finish();
  EXPECT_FALSE(extractor.next().has_value());
}

TEST(FeatureExtractor, gives_frames_in_order_and_at_most_64_at_a_time) {
  const std::vector<float> signal = testing::white_noise(15);
  FeatureExtractor extractor;
  extractor.push(signal);
  extractor.finish();
  std::int64_t expected_first = 0;
  while (const auto block = extractor.next()) {
    EXPECT_EQ(block->first_frame, expected_first);
    EXPECT_LE(block->frames(), 64U);
    expected_first += static_cast<std::int64_t>(block->frames());
  }
  EXPECT_EQ(expected_first, frame_count(static_cast<std::int64_t>(signal.size())));
}

TEST(FeatureExtractor, is_the_same_bit_by_bit_whatever_the_block_size) {
  const std::vector<float> signal = testing::mix(testing::sine(330, 5), testing::clicks(117, 5));
  const FeatureBlock whole = extract(signal, signal.size());
  for (const std::size_t block : {1U, 37U, 882U, 2048U, 50001U}) expect_same(extract(signal, block), whole);
}

TEST(FeatureExtractor, streams_a_track_longer_than_the_five_minutes_the_tuning_needs) {
  const std::vector<float> second = testing::mix(testing::sine(440, 1, 0.4F), testing::white_noise(1, 0.05F));
  FeatureExtractor extractor;
  std::size_t frames = 0;
  const auto drain = [&] {
    while (const auto block = extractor.next()) {
      for (std::size_t t = 0; t < block->frames(); ++t) EXPECT_EQ(peak_of(block->chroma.row(t)), 18U);
      frames += block->frames();
    }
  };
  for (int i = 0; i < 299; ++i) extractor.push(second);
  drain();
  EXPECT_EQ(frames, 0U);
  for (int i = 0; i < 11; ++i) extractor.push(second);
  drain();
  EXPECT_GT(frames, 15000U);
  extractor.finish();
  drain();
  EXPECT_EQ(frames, 310U * 50U + 1U);
}

TEST(FeatureExtractor, is_as_new_after_a_reset_at_any_point) {
  const std::vector<float> signal = testing::mix(testing::sine(330, 3), testing::clicks(117, 3));
  const std::vector<float> noise = testing::white_noise(3);
  FeatureExtractor extractor;
  for (const std::size_t samples : {0U, 1U, 30000U, 132300U}) {
    for (const bool finished : {false, true}) {
      extractor.push(std::span(noise).first(samples));
      if (finished) extractor.finish();
      extractor.next();
      extractor.reset();
      expect_same(testing::extract(signal, 4096, extractor), extract(signal));
      extractor.reset();
    }
  }
}

TEST(FeatureExtractor, log_mel_of_a_pure_tone_peaks_in_its_band) {
  // Slaney's scale: linear to 1 kHz at 15 mel, then 27 mel a factor of 6.4; 162 edges from 0 to 22,050 Hz.
  const double highest_mel = 15 + 27 * std::log(22.05) / std::log(6.4);
  for (const double hz : {200.0, 440.0, 1000.0, 5000.0, 15000.0}) {
    const double mel = hz < 1000 ? hz * 3 / 200 : 15 + 27 * std::log(hz / 1000) / std::log(6.4);
    const FeatureBlock block = extract(testing::sine(hz, 1));
    const double band = mel / highest_mel * (kMelBands + 1) - 1;  // band b is centred on edge b + 1
    EXPECT_NEAR(static_cast<double>(peak_of(block.log_mel.row(25))), band, 1.0) << hz << " Hz";
  }
}

TEST(FeatureExtractor, chroma_of_a_pure_tone_peaks_in_its_pitch_class) {
  // Two bins a semitone, from C.
  EXPECT_EQ(peak_of(extract(testing::sine(440, 1)).chroma.row(25)), 18U);
  EXPECT_EQ(peak_of(extract(testing::sine(523.2511, 1)).chroma.row(25)), 0U);
  EXPECT_EQ(peak_of(extract(testing::sine(1318.5102, 1)).chroma.row(25)), 8U);
}

TEST(FeatureExtractor, chroma_follows_the_tracks_own_tuning) {
  // 17 of a bin's 50 cents sharp, its neighbour would still get 0.7 of the peak's weight if A were at 440 Hz.
  const FeatureBlock block = extract(testing::sine(3520 * std::exp2(17.0 / 1200), 1));
  const auto row = block.chroma.row(25);
  EXPECT_EQ(peak_of(row), 18U);
  EXPECT_NEAR(row[17], row[19], 0.1F);
}

TEST(FeatureExtractor, a_click_is_percussive_and_raises_an_onset_two_frames_on) {
  std::vector<float> signal(132300);
  signal[88200] = 1;  // under the window of frames 99, 100 and 101
  const FeatureBlock block = extract(signal);
  EXPECT_NEAR(static_cast<double>(peak_of(block.onset)), 100, 1.0);
  EXPECT_GT(block.onset[peak_of(block.onset)], 10.0F);
}

TEST(FeatureExtractor, tempogram_of_a_click_train_peaks_at_its_period) {
  const FeatureBlock block = extract(testing::clicks(120, 20));  // 25 frames a beat
  const auto row = block.tempogram.row(500);
  EXPECT_EQ(row[0], 1.0F);
  EXPECT_EQ(peak_of(row.subspan(15, 40)) + 15, 25U);
}

TEST(FeatureExtractor, loudness_of_a_sine_is_as_bs_1770_says) {
  // BS.1770: a full-scale 997 Hz sine in one channel gives -3.01 LKFS; 20 dB less, 20 LU less.
  for (const double level_db : {0.0, -20.0}) {
    const auto amplitude = static_cast<float>(std::pow(10.0, level_db / 20));
    const FeatureBlock block = extract(testing::sine(997, 2, amplitude));
    const auto inner = std::span(block.loudness).subspan(5, 90);
    const double mean = std::accumulate(inner.begin(), inner.end(), 0.0) / static_cast<double>(inner.size());
    EXPECT_NEAR(-0.691 + 10 * std::log10(mean), -3.01 + level_db, 0.02);
  }
}

TEST(FeatureExtractor, silence_is_the_floor_and_nothing_else) {
  for (const std::size_t samples : {1U, 2000U, 100000U}) expect_silence(extract(std::vector<float>(samples)));
}

TEST(FeatureExtractor, one_sample_gives_one_flat_frame) {
  const FeatureBlock block = extract(std::vector<float>{0.5F});
  ASSERT_EQ(block.frames(), 1U);
  EXPECT_EQ(block.onset[0], 0.0F);
  EXPECT_GT(block.log_mel(0, 0), -80.0F);
}

TEST(FeatureExtractor, extreme_samples_leave_every_value_finite) {
  std::vector<float> signal = testing::white_noise(1, 1);
  for (std::size_t i = 0; i < signal.size(); ++i) signal[i] *= i % 2 == 0 ? 3e38F : 1e-38F;
  const FeatureBlock block = extract(signal);
  const auto finite = [](std::span<const float> values) {
    return std::ranges::all_of(values, [](float x) { return std::isfinite(x); });
  };
  EXPECT_TRUE(finite(block.log_mel.values()));
  EXPECT_TRUE(finite(block.chroma.values()));
  EXPECT_TRUE(finite(block.tempogram.values()));
  EXPECT_TRUE(finite(block.onset));
  EXPECT_TRUE(finite(block.loudness));
  EXPECT_TRUE(finite(block.pitch_peaks));
}

}  // namespace
}  // namespace resonance::features
