#include "resonance/features/key.h"

#include "resonance/core/feature_contract.h"
#include "resonance/core/npy.h"

#include <algorithm>
#include <cmath>
#include <random>
#include <vector>

#include <gtest/gtest.h>

#include "chords.h"
#include "describe_golden.h"
#include "extract.h"
#include "support/signals.h"

namespace resonance::features {
namespace {

using testing::describe_golden;
using testing::extract;

constexpr std::size_t kValues = kPitchPeakHistograms * kPitchPeakBins;

Key key_of_signal(std::span<const float> samples) {
  const std::vector<float> peaks = extract(samples).pitch_peaks;
  return estimate_key(std::vector<double>(peaks.begin(), peaks.end()));
}

TEST(Key, of_a_cadence_in_c_major_is_c_major) {
  const Key key = key_of_signal(testing::major_cadence(0));
  EXPECT_EQ(key.tonic, 0);
  EXPECT_FALSE(key.minor);
  EXPECT_GT(key.confidence, 0.4F);
}

TEST(Key, of_a_cadence_in_a_minor_is_a_minor) {
  const Key key = key_of_signal(testing::minor_cadence(9));
  EXPECT_EQ(key.tonic, 9);
  EXPECT_TRUE(key.minor);
  EXPECT_GT(key.confidence, 0.4F);
}

TEST(Key, moves_with_the_music) {
  for (int tonic = 0; tonic < 12; tonic += 5) {
    EXPECT_EQ(key_of_signal(testing::major_cadence(tonic)).tonic, tonic);
    EXPECT_EQ(key_of_signal(testing::minor_cadence(tonic)).tonic, tonic);
  }
}

TEST(Key, does_not_depend_on_the_tuning) {
  for (const double cents : {-40.0, -20.0, 20.0, 40.0}) {
    EXPECT_EQ(key_of_signal(testing::major_cadence(0, cents)).tonic, 0) << cents << " cents";
    const Key minor = key_of_signal(testing::minor_cadence(9, cents));
    EXPECT_EQ(minor.tonic, 9) << cents << " cents";
    EXPECT_TRUE(minor.minor) << cents << " cents";
  }
}

TEST(Key, equals_the_reference_on_its_histograms) {
  for (const auto& expected : testing::golden_descriptions()) {
    const NpyFile peaks(describe_golden(expected.name + "_pitch_peaks.npy"));
    ASSERT_EQ(peaks.rows() * peaks.cols(), kValues);
    const Key key = estimate_key(std::vector<double>(peaks.floats().begin(), peaks.floats().end()));
    EXPECT_EQ(key.tonic, expected.key_tonic) << expected.name;
    EXPECT_EQ(key.minor, expected.key_minor == 1) << expected.name;
    EXPECT_NEAR(key.confidence, expected.key_confidence, 1e-4) << expected.name;
  }
}

TEST(Key, there_is_none_without_peaks) {
  const Key key = estimate_key(std::vector<double>(kValues));
  EXPECT_EQ(key.tonic, -1);
  EXPECT_EQ(key.confidence, 0.0F);
}

TEST(Key, there_is_none_when_all_pitches_are_equal) {
  EXPECT_EQ(estimate_key(std::vector<double>(kValues, 3.0)).tonic, -1);
}

TEST(Key, is_in_range_whatever_the_histograms) {
  std::mt19937 generator(1);
  for (int round = 0; round < 100; ++round) {
    std::vector<double> peaks(kValues);
    for (double& value : peaks) value = round % 3 == 0 && generator() % 50 != 0 ? 0 : generator() * 1e-3;
    const Key key = estimate_key(peaks);
    EXPECT_TRUE(key.tonic >= -1 && key.tonic < 12);
    EXPECT_TRUE(key.confidence >= 0 && key.confidence <= 1);
  }
}

}  // namespace
}  // namespace resonance::features
