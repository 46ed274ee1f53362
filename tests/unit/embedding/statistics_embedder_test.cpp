#include "resonance/core/error.h"
#include "resonance/embedding/embedder.h"
#include "resonance/embedding/harmony_statistics.h"
#include "resonance/embedding/rhythm_statistics.h"
#include "resonance/embedding/timbre_statistics.h"

#include <algorithm>
#include <cmath>

#include <gtest/gtest.h>

#include "feature_blocks.h"

namespace resonance::embedding {
namespace {

using testing::describe;
using testing::random_block;
using testing::rows_of;
using testing::silent_block;

TEST(StatisticsEmbedder, where_the_blocks_end_makes_no_difference_to_the_last_bit) {
  const FeatureBlock whole = random_block(2300, 1);
  const Descriptor expected = describe(whole);
  for (const std::size_t size : {1UL, 7UL, 512UL, 1000UL}) {
    const auto builder = make_statistics_embedder()->begin_track();
    for (std::size_t first = 0; first < whole.frames(); first += size) {
      builder->push(rows_of(whole, first, std::min(size, whole.frames() - first)));
    }
    EXPECT_EQ(builder->finish(), expected) << size;
  }
}

TEST(StatisticsEmbedder, silence_says_nothing_in_any_part) {
  const Descriptor silence = describe(silent_block(3000));
  EXPECT_EQ(silence.timbre.size(), TimbreStatistics::kDimensions);
  EXPECT_EQ(silence.harmony.size(), HarmonyStatistics::kDimensions);
  EXPECT_EQ(silence.rhythm.size(), RhythmStatistics::kDimensions);
  for (const auto* part : {&silence.timbre, &silence.harmony, &silence.rhythm}) {
    EXPECT_TRUE(std::all_of(part->begin(), part->end(), [](float value) { return value == 0; }));
  }
}

TEST(StatisticsEmbedder, one_frame_and_three_seconds_are_enough_for_finite_values) {
  for (const std::size_t frames : {1UL, 2UL, 11UL, 12UL, 150UL, 767UL, 768UL}) {
    const Descriptor descriptor = describe(random_block(frames, 2));
    for (const auto* part : {&descriptor.timbre, &descriptor.harmony, &descriptor.rhythm}) {
      EXPECT_TRUE(std::all_of(part->begin(), part->end(), [](float value) { return std::isfinite(value); }));
      EXPECT_TRUE(std::any_of(part->begin(), part->end(), [](float value) { return value != 0; })) << frames;
    }
  }
}

TEST(StatisticsEmbedder, a_block_of_other_shapes_is_refused) {
  FeatureBlock block = silent_block(3);
  block.chroma = Matrix(3, 12);
  EXPECT_THROW(describe(block), Error);
}

TEST(HarmonyStatistics, a_transposition_changes_nothing) {
  const FeatureBlock block = random_block(2000, 3);
  FeatureBlock transposed = block;
  for (std::size_t t = 0; t < block.frames(); ++t) {
    auto row = transposed.chroma.row(t);
    std::rotate(row.begin(), row.begin() + 10, row.end());
  }
  const auto a = describe(block).harmony;
  const auto b = describe(transposed).harmony;
  for (std::size_t d = 0; d < a.size(); ++d) EXPECT_NEAR(a[d], b[d], 2e-3);
}

TEST(TimbreStatistics, a_louder_copy_is_the_same) {
  const FeatureBlock block = random_block(500, 4);
  FeatureBlock louder = block;
  for (float& value : louder.log_mel.values()) value += 6;
  const auto a = describe(block).timbre;
  const auto b = describe(louder).timbre;
  for (std::size_t d = 0; d < a.size(); ++d) EXPECT_NEAR(a[d], b[d], 1e-2) << d;
}

}  // namespace
}  // namespace resonance::embedding
