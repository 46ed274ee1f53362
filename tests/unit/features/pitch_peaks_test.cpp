#include "resonance/features/pitch_peaks.h"

#include "resonance/core/feature_contract.h"
#include "resonance/features/tile.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "extract.h"
#include "support/signals.h"

namespace resonance::features {
namespace {

using ::testing::Each;
using testing::extract;

std::span<const float> all(const FeatureBlock& block) {
  return std::span(block.pitch_peaks).first(kPitchPeakBins);
}
std::span<const float> low(const FeatureBlock& block) {
  return std::span(block.pitch_peaks).last(kPitchPeakBins);
}
double sum(std::span<const float> values) { return std::accumulate(values.begin(), values.end(), 0.0); }

/// A tile whose first frame has magnitude 0.01 at its last searched bin and `peaks` elsewhere.
std::vector<float> tile_of(std::initializer_list<std::pair<std::size_t, float>> peaks) {
  std::vector<float> power(kTileSize);
  for (const auto& [bin, magnitude] : peaks) power[bin * kTileFrames] = magnitude * magnitude * kPowerScale;
  return power;
}

TEST(PitchPeaks, of_a_pure_tone_lie_in_its_bin_of_ten_cents) {
  // A is bin 90, C bin 0.
  for (const auto& [hz, bin] : {std::pair(440.0, 90U), std::pair(261.6256, 0U), std::pair(466.1638, 100U),
                                std::pair(440 * std::exp2(0.25 / 12), 93U), std::pair(880.0, 90U)}) {
    const FeatureBlock block = extract(testing::sine(hz, 2));
    const auto frames = static_cast<double>(block.frames());
    EXPECT_NEAR(all(block)[bin] + all(block)[(bin + 1) % 120] + all(block)[(bin + 119) % 120], frames, 3)
        << hz;
    EXPECT_NEAR(sum(low(block)), frames, 1) << hz;
  }
}

TEST(PitchPeaks, are_weighted_by_amplitude_and_by_its_root_below_1_khz) {
  PitchPeaks peaks;
  // Symmetric peaks: bin 41 is 882.9 Hz, bin 20 is 430.7 Hz, bin 100 is 2153 Hz, bin 2 is 43 Hz, bin 240 is
  // 5168 Hz.
  peaks.push(tile_of({{41, 1.0F}, {20, 0.25F}, {100, 0.5F}, {2, 1.0F}, {240, 1.0F}, {60, 0.04F}}), 1);
  const std::vector<float> sums = peaks.take(1);
  EXPECT_EQ(sums[91], 1.0F);
  EXPECT_EQ(sums[86], 0.25F);
  EXPECT_EQ(sums[5], 0.5F);
  EXPECT_NEAR(sums[120 + 91], 2.0 / 3, 1e-3);
  EXPECT_NEAR(sums[120 + 86], 1.0 / 3, 1e-3);
  EXPECT_NEAR(sum(sums), 1.75 + 1, 1e-3);  // nothing of what is too low, too high or too weak
}

TEST(PitchPeaks, of_the_same_pitch_are_added) {
  PitchPeaks peaks;
  peaks.push(tile_of({{20, 0.5F}, {40, 0.25F}, {30, 1.0F}}), 1);  // 20 and 40: an octave
  EXPECT_EQ(peaks.take(1)[86], 0.75F);
}

TEST(PitchPeaks, of_silence_and_of_a_flat_spectrum_are_none) {
  PitchPeaks peaks;
  peaks.push(std::vector<float>(kTileSize), kTileFrames);
  peaks.push(std::vector<float>(kTileSize, 1e-8F), kTileFrames);
  peaks.push(std::vector<float>(kTileSize, 1e12F), kTileFrames);
  EXPECT_THAT(peaks.take(48), Each(0.0F));
  EXPECT_THAT(extract(std::vector<float>(50000)).pitch_peaks, Each(0.0F));
}

TEST(PitchPeaks, add_up_exactly_whatever_the_blocks) {
  PitchPeaks in_one;
  PitchPeaks in_many;
  const std::vector<float> noise = testing::white_noise(1, 1);
  for (int tile = 0; tile < 10; ++tile) {
    std::vector<float> power(kTileSize);
    for (std::size_t i = 0; i < power.size(); ++i) {
      power[i] = kPowerScale * std::abs(noise[(i * 7 + static_cast<std::size_t>(tile) * 997) % noise.size()]);
    }
    in_one.push(power, kTileFrames);
    in_many.push(power, kTileFrames);
  }
  std::vector<float> sums(std::size_t{kPitchPeakHistograms} * kPitchPeakBins);
  for (const std::size_t frames : {1U, 100U, 0U, 3U, 56U}) {
    const std::vector<float> part = in_many.take(frames);
    for (std::size_t i = 0; i < sums.size(); ++i) sums[i] += part[i];
  }
  EXPECT_EQ(sums, in_one.take(160));
}

}  // namespace
}  // namespace resonance::features
