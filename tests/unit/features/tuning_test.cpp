#include "resonance/features/tuning.h"

#include <cmath>

#include <gtest/gtest.h>

namespace resonance::features {
namespace {

// A spectrum of one peak at `hz`, whose values are a parabola, so that it is found exactly.
AlignedFloats peak_at(double hz) {
  AlignedFloats tile(kTileSize);
  const double position = hz * kFftSize / kSampleRateHz;
  const auto nearest = static_cast<std::size_t>(std::lround(position));
  for (std::size_t bin = nearest - 1; bin <= nearest + 1; ++bin) {
    const double distance = static_cast<double>(bin) - position;
    for (std::size_t frame = 0; frame < kTileFrames; ++frame) {
      tile[bin * kTileFrames + frame] = static_cast<float>(10 - 4 * distance * distance);
    }
  }
  return tile;
}

TEST(Tuning, of_a_peak_is_its_distance_from_the_nearest_quarter_tone) {
  for (const double deviation : {-0.4, -0.125, 0.0, 0.055, 0.305}) {
    TuningEstimator estimator;
    estimator.push(peak_at(1760 * std::exp2((deviation + 0.004) / kChromaBins)), kTileFrames);
    EXPECT_NEAR(estimator.estimate(), deviation, 0.0101);
  }
}

TEST(Tuning, of_silence_is_none) {
  TuningEstimator estimator;
  EXPECT_EQ(estimator.estimate(), 0.0);
  estimator.push(AlignedFloats(kTileSize), kTileFrames);
  EXPECT_EQ(estimator.estimate(), 0.0);
}

TEST(Tuning, listens_to_the_stronger_half_of_the_peaks_and_to_the_frames_that_count) {
  TuningEstimator estimator;
  AlignedFloats loud = peak_at(880 * std::exp2(0.2549 / kChromaBins));
  for (float& value : loud) value *= 2;
  AlignedFloats frames_that_do_not_count = peak_at(880);
  for (float& value : frames_that_do_not_count) value *= 4;
  estimator.push(peak_at(880), 8);
  estimator.push(loud, 8);
  estimator.push(frames_that_do_not_count, 0);
  EXPECT_NEAR(estimator.estimate(), 0.25, 0.0101);
}

}  // namespace
}  // namespace resonance::features
