#include "resonance/evaluation/retrieval_task.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace resonance::evaluation {
namespace {

using ::testing::ElementsAre;

constexpr Role kOut = Role::excluded;
constexpr Role kWrong = Role::candidate;
constexpr Role kRight = Role::relevant;

// 0 and 1 share an artist, 4 has no genre, 5 plays with 0's artist, 6's genre is the only one of its kind.
const ItemLabels kItems{.label = {"rock", "rock", "rock", "jazz", "", "jazz", "polka"},
                        .within = {"a", "a", "a", "a", "a", "b", "b"},
                        .artists = {{"x"}, {"x"}, {"y"}, {"z"}, {"z"}, {"w", "x"}, {}}};

TEST(RetrievalTask, same_labels_are_right_and_others_wrong) {
  const RetrievalTask task({.label = kItems.label}, ArtistFilter::none);
  EXPECT_THAT(task.queries(), ElementsAre(0, 1, 2, 3, 5));
  EXPECT_THAT(task.roles(0), ElementsAre(kOut, kRight, kRight, kWrong, kOut, kWrong, kWrong));
  EXPECT_DOUBLE_EQ(task.candidates(), 5);
  EXPECT_DOUBLE_EQ(task.relevant(), (2 + 2 + 2 + 1 + 1) / 5.0);
}

TEST(RetrievalTask, the_artist_filter_takes_out_who_shares_any_key) {
  const RetrievalTask task({.label = kItems.label, .artists = kItems.artists}, ArtistFilter::shared_key);
  EXPECT_THAT(task.roles(0), ElementsAre(kOut, kOut, kRight, kWrong, kOut, kOut, kWrong));
  // Nobody is left out for having no artist.
  EXPECT_THAT(task.roles(6), ElementsAre(kWrong, kWrong, kWrong, kWrong, kOut, kWrong, kOut));
}

TEST(RetrievalTask, a_query_for_which_nothing_right_is_left_does_not_count) {
  const RetrievalTask task(
      {.label = {"rock", "rock", "jazz", "jazz"}, .artists = {{"x"}, {"x"}, {"y"}, {"z"}}},
      ArtistFilter::shared_key);
  EXPECT_THAT(task.queries(), ElementsAre(2, 3));
}

TEST(RetrievalTask, candidates_are_those_within_the_same_text) {
  const RetrievalTask task({.label = kItems.label, .within = kItems.within}, ArtistFilter::none);
  EXPECT_THAT(task.roles(0), ElementsAre(kOut, kRight, kRight, kWrong, kOut, kOut, kOut));
  EXPECT_THAT(task.queries(), ElementsAre(0, 1, 2));
}

TEST(RetrievalTask, where_the_label_is_the_artist_the_filter_takes_out_guests_only) {
  const ItemLabels items{.label = {"x", "x", "y", "w"}, .artists = {{"x"}, {"x"}, {"y"}, {"w", "x"}}};
  const RetrievalTask task(items, ArtistFilter::other_label);
  EXPECT_THAT(task.roles(0), ElementsAre(kOut, kRight, kWrong, kOut));
  EXPECT_THAT(task.queries(), ElementsAre(0, 1));
}

TEST(RetrievalTask, clusters_are_first_keys_and_the_unknown_are_alone) {
  EXPECT_THAT(clusters_of({{"x"}, {}, {"y", "x"}, {"x", "y"}, {""}}), ElementsAre(0, 1, 2, 0, 3));
  EXPECT_EQ(label_count({"a", "", "b", "a"}), 2U);
}

}  // namespace
}  // namespace resonance::evaluation
