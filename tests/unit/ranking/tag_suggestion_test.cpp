#include "resonance/ranking/tag_suggestion.h"

#include "resonance/core/error.h"

#include <array>
#include <cmath>
#include <limits>
#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace resonance::ranking {
namespace {

using Neighbours = std::vector<LabelledNeighbour>;

TEST(SuggestTags, weighs_neighbours_by_how_near_they_are) {
  const Neighbours neighbours{{0.9, {"Jazz"}}, {0.8, {"Rock"}}, {0.8, {"Rock"}}};
  const auto suggestions = suggest_tags(neighbours, {}, {});
  ASSERT_EQ(suggestions.size(), 2U);
  const double far = std::exp(-1.0);
  EXPECT_EQ(suggestions[0].label, "Jazz");
  EXPECT_NEAR(suggestions[0].score, 1 / (1 + 2 * far), 1e-9);
  EXPECT_NEAR(suggestions[1].score, 2 * far / (1 + 2 * far), 1e-9);
  EXPECT_EQ(suggestions[0].confidence, suggestions[0].score);
}

TEST(SuggestTags, spellings_of_a_label_are_one_and_the_commonest_is_written) {
  const Neighbours neighbours{
      {0.5, {"hip hop"}}, {0.5, {"Hip Hop", "HIP HOP", ""}}, {0.5, {"Hip  Hop "}}, {0.5, {"Hip Hop"}}};
  const auto suggestions = suggest_tags(neighbours, {}, {});
  ASSERT_EQ(suggestions.size(), 1U);
  EXPECT_EQ(suggestions[0].label, "Hip Hop");
  EXPECT_NEAR(suggestions[0].score, 1, 1e-9);
}

TEST(SuggestTags, neighbours_without_labels_have_no_say) {
  EXPECT_TRUE(suggest_tags({}, {}, {}).empty());
  EXPECT_TRUE(suggest_tags(Neighbours{{0.9, {}}, {0.8, {" "}}}, {}, {}).empty());
  EXPECT_NEAR(suggest_tags(Neighbours{{0.9, {}}, {0.1, {"x"}}}, {}, {}).front().score, 1, 1e-9);
}

TEST(SuggestTags, leaves_out_the_unsure_and_more_than_asked) {
  const Neighbours neighbours{{0.5, {"a", "b"}}, {0.5, {"b", "c"}}};
  const auto two = suggest_tags(neighbours, {}, {.most = 2});
  ASSERT_EQ(two.size(), 2U);
  EXPECT_EQ(two[0].label, "b");
  EXPECT_EQ(two[1].label, "a");
  EXPECT_EQ(suggest_tags(neighbours, {}, {.least_confidence = 0.6}).size(), 1U);
}

TEST(SuggestTags, the_confidence_is_what_the_score_was_worth) {
  const Calibration calibration(std::vector<JudgedScore>(9, {1.0, false}));
  EXPECT_NEAR(suggest_tags(Neighbours{{0.5, {"x"}}}, calibration, {}).front().confidence, 0.05, 1e-9);
}

TEST(SuggestTags, refuses_similarities_that_are_no_numbers) {
  EXPECT_THROW(suggest_tags(Neighbours{{std::numeric_limits<double>::quiet_NaN(), {"x"}}}, {}, {}), Error);
}

TEST(LeaveOneOut, judges_each_labelled_track_by_its_neighbours_without_itself) {
  const std::vector<std::vector<std::string>> labels{{"Jazz"}, {"jazz"}, {"rock"}, {}};
  const std::vector<std::vector<RowNeighbour>> neighbours{
      {{0, 1.0F}, {1, 0.5F}}, {{2, 0.5F}}, {{3, 0.5F}}, {{0, 0.5F}}};
  const auto judged = leave_one_out(labels, neighbours);
  ASSERT_EQ(judged.size(), 2U);
  EXPECT_TRUE(judged[0].right);
  EXPECT_EQ(judged[0].score, 1);
  EXPECT_FALSE(judged[1].right);
  EXPECT_THROW(leave_one_out(labels, std::vector<std::vector<RowNeighbour>>(3)), Error);
  EXPECT_THROW(leave_one_out(labels, std::vector<std::vector<RowNeighbour>>(4, {{9, 0.5F}})), Error);
}

TEST(LeaveOneOut, makes_confidences_that_hold_on_tracks_not_seen) {
  // Tracks of three genres, whose neighbours are of their genre in 70 % of the cases.
  static constexpr std::array<const char*, 3> kGenres{"a", "b", "c"};
  std::mt19937 random(72);
  constexpr std::size_t kTracks = 4000;
  std::vector<std::vector<std::string>> labels;
  std::vector<std::vector<RowNeighbour>> neighbours(kTracks);
  for (std::size_t i = 0; i < kTracks; ++i) labels.push_back({kGenres[i % 3]});
  for (std::size_t i = 0; i < kTracks; ++i) {
    for (int n = 0; n < 7; ++n) {
      const std::size_t genre = random() % 10 < 7 ? i % 3 : random() % 3;
      neighbours[i].push_back(
          {(random() % (kTracks / 3)) * 3 + genre, 0.5F + 0.01F * static_cast<float>(random() % 10)});
    }
  }
  const auto judged = leave_one_out(labels, neighbours);
  const std::size_t half = judged.size() / 2;
  const Calibration calibration{std::span<const JudgedScore>(judged).first(half)};
  std::array<double, 5> right{};
  std::array<double, 5> expected{};
  std::array<double, 5> count{};
  for (const JudgedScore& one : std::span(judged).subspan(half)) {
    const double confidence = calibration.worth(one.score);
    const auto bin = std::min<std::size_t>(static_cast<std::size_t>(confidence * 5), 4);
    right[bin] += one.right ? 1 : 0;
    expected[bin] += confidence;
    count[bin] += 1;
  }
  for (std::size_t bin = 0; bin < 5; ++bin) {
    if (count[bin] < 200) continue;
    EXPECT_NEAR(right[bin] / count[bin], expected[bin] / count[bin], 0.07) << bin;
  }
}

}  // namespace
}  // namespace resonance::ranking
