#include "resonance/engine/segment_descriptors.h"

#include "resonance/core/error.h"

#include <gtest/gtest.h>

#include "unit/embedding/feature_blocks.h"

namespace resonance::engine {
namespace {

using resonance::testing::describe;
using resonance::testing::random_block;

std::vector<embedding::Descriptor> segments_of(const FeatureBlock& block, const SegmentPlan& plan,
                                               std::size_t step) {
  const auto embedder = embedding::make_statistics_embedder();
  SegmentDescriptors segments(*embedder, plan);
  for (std::size_t at = 0; at < block.frames(); at += step) {
    segments.push(rows_of(block, at, std::min(step, block.frames() - at)));
  }
  return segments.finish();
}

TEST(SegmentDescriptors, are_those_of_the_pieces_by_themselves_wherever_blocks_end) {
  const FeatureBlock block = random_block(1030, 3);
  const SegmentPlan plan{.length_s = 8, .hop_s = 6};  // 400 and 300 frames: at 0, 300 and 600
  const auto found = segments_of(block, plan, 64);
  ASSERT_EQ(found.size(), 3U);
  for (std::size_t i = 0; i < found.size(); ++i) {
    EXPECT_EQ(found[i], describe(resonance::testing::rows_of(block, i * 300, 400))) << i;
  }
  EXPECT_EQ(segments_of(block, plan, 1030), found);
}

TEST(SegmentDescriptors, a_track_shorter_than_a_segment_has_none) {
  EXPECT_TRUE(segments_of(random_block(399, 1), {.length_s = 8, .hop_s = 4}, 50).empty());
  EXPECT_EQ(segments_of(random_block(400, 1), {.length_s = 8, .hop_s = 4}, 50).size(), 1U);
}

TEST(SegmentDescriptors, of_no_length_are_refused) {
  const auto embedder = embedding::make_statistics_embedder();
  EXPECT_THROW(SegmentDescriptors(*embedder, {.length_s = 0, .hop_s = 4}), Error);
  EXPECT_THROW(SegmentDescriptors(*embedder, {.length_s = 8, .hop_s = -1}), Error);
}

}  // namespace
}  // namespace resonance::engine
