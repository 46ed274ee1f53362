#include "resonance/evaluation/segment_task.h"

#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace resonance::evaluation {
namespace {

using ::testing::ElementsAre;

TEST(SegmentTask, other_segments_of_the_track_are_right_and_overlapping_ones_do_not_count) {
  const SegmentTask task({{0, 0}, {0, 4}, {0, 8}, {1, 0}}, 8, 0, 1);
  EXPECT_THAT(task.roles(0), ElementsAre(Role::excluded, Role::excluded, Role::relevant, Role::candidate));
  EXPECT_THAT(task.roles(1), ElementsAre(Role::excluded, Role::excluded, Role::excluded, Role::candidate));
  const SegmentTask lenient({{0, 0}, {0, 4}, {0, 8}, {1, 0}}, 8, 4, 1);
  EXPECT_THAT(lenient.roles(1), ElementsAre(Role::relevant, Role::excluded, Role::relevant, Role::candidate));
}

TEST(SegmentTask, each_track_with_something_to_be_found_asks_once) {
  const SegmentTask task({{0, 0}, {0, 4}, {0, 8}, {1, 0}, {2, 0}, {2, 30}}, 8, 0, 7);
  ASSERT_EQ(task.queries().size(), 2U);
  EXPECT_TRUE(task.queries()[0] == 0 || task.queries()[0] == 2);
  EXPECT_TRUE(task.queries()[1] == 4 || task.queries()[1] == 5);
}

TEST(SegmentTask, the_seed_alone_chooses_the_query_of_a_track) {
  std::vector<SegmentPlace> places;
  for (int i = 0; i < 20; ++i) places.push_back({3, 10.0 * i});
  std::set<std::size_t> chosen;
  for (unsigned seed = 0; seed < 8; ++seed) chosen.insert(SegmentTask(places, 8, 0, seed).queries().front());
  EXPECT_GT(chosen.size(), 3U);
  const std::size_t alone = SegmentTask(places, 8, 0, 5).queries().front();
  std::vector<SegmentPlace> more{{0, 0}, {0, 100}};
  more.insert(more.end(), places.begin(), places.end());
  EXPECT_EQ(SegmentTask(more, 8, 0, 5).queries().back(), alone + 2);
}

}  // namespace
}  // namespace resonance::evaluation
