#include "resonance/features/running_median.h"

#include <random>

#include <gtest/gtest.h>

#include "vector_targets.h"

namespace resonance::features {
namespace {

AlignedFloats random_values(std::size_t count, unsigned levels, std::uint32_t seed) {
  std::mt19937 generator(seed);
  AlignedFloats values(count);
  for (float& value : values) value = static_cast<float>(generator() % levels);
  return values;
}

TEST(RunningMedian, over_time_is_the_median_of_each_window_on_every_vector_target) {
  for (const unsigned levels : {1U, 2U, 5U, 1000000U}) {
    const AlignedFloats rows = random_values(3 * kTileSize, levels, levels);
    const std::span<const float> all(rows);
    const TileNeighbourhood tiles{all.first(kTileSize), all.subspan(kTileSize, kTileSize),
                                  all.last(kTileSize)};
    AlignedFloats expected(kTileSize);
    scalar::median_over_time(tiles, expected);
    testing::for_each_vector_target([&](const char* target) {
      AlignedFloats medians(kTileSize);
      median_over_time(tiles, medians);
      EXPECT_EQ(medians, expected) << target << ", values of " << levels;
    });
  }
}

TEST(RunningMedian, over_frequency_is_the_median_of_each_window_on_every_vector_target) {
  for (const unsigned levels : {1U, 2U, 5U, 1000000U}) {
    const AlignedFloats padded = random_values(kPaddedBinRows * kTileFrames, levels, levels);
    AlignedFloats expected(kTileSize);
    scalar::median_over_frequency(padded, expected);
    testing::for_each_vector_target([&](const char* target) {
      AlignedFloats medians(kTileSize);
      median_over_frequency(padded, medians);
      EXPECT_EQ(medians, expected) << target << ", values of " << levels;
    });
  }
}

}  // namespace
}  // namespace resonance::features
