#include "resonance/evaluation/ranking_score.h"

#include <cmath>
#include <limits>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace resonance::evaluation {
namespace {

using ::testing::ElementsAre;

constexpr Role kOut = Role::excluded;
constexpr Role kWrong = Role::candidate;
constexpr Role kRight = Role::relevant;

double value(const RankingScore& score, Metric metric) { return score.at(static_cast<std::size_t>(metric)); }

TEST(Ranking, is_by_score_with_ties_by_row_and_no_numbers_last) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const std::vector<double> scores{0.5, nan, 0.9, 0.5, 2.0, -1, nan};
  const std::vector<Role> roles{kWrong, kRight, kWrong, kRight, kOut, kWrong, kWrong};
  EXPECT_THAT(ranking_of(scores, roles), ElementsAre(2, 0, 3, 5, 1, 6));
}

TEST(RankingScore, of_hits_at_two_and_seven_is_as_by_hand) {
  const std::vector<Role> roles{kWrong, kRight, kWrong, kWrong, kWrong, kWrong, kRight, kWrong};
  const std::vector<std::size_t> ranking{0, 1, 2, 3, 4, 5, 6, 7};
  const RankingScore score = score_ranking(ranking, roles);
  EXPECT_EQ(value(score, Metric::recall_at_1), 0);
  EXPECT_EQ(value(score, Metric::recall_at_5), 1);
  EXPECT_EQ(value(score, Metric::recall_at_10), 1);
  EXPECT_EQ(value(score, Metric::recall_at_20), 1);
  EXPECT_DOUBLE_EQ(value(score, Metric::precision_at_5), 0.2);
  EXPECT_DOUBLE_EQ(value(score, Metric::mrr), 0.5);
  EXPECT_DOUBLE_EQ(value(score, Metric::map), (1.0 / 2 + 2.0 / 7) / 2);
}

TEST(RankingScore, of_a_hit_at_twentyone_is_in_no_recall) {
  std::vector<Role> roles(30, kWrong);
  std::vector<std::size_t> ranking;
  for (std::size_t i = 0; i < roles.size(); ++i) ranking.push_back(i);
  roles[20] = kRight;
  const RankingScore score = score_ranking(ranking, roles);
  EXPECT_EQ(value(score, Metric::recall_at_20), 0);
  EXPECT_DOUBLE_EQ(value(score, Metric::mrr), 1.0 / 21);
  roles[19] = kRight;
  EXPECT_EQ(value(score_ranking(ranking, roles), Metric::recall_at_20), 1);
  EXPECT_EQ(value(score_ranking(ranking, roles), Metric::recall_at_10), 0);
}

TEST(RankingScore, precision_of_fewer_than_five_candidates_is_of_those) {
  const std::vector<Role> roles{kRight, kWrong, kRight};
  const std::vector<std::size_t> ranking{0, 1, 2};
  EXPECT_DOUBLE_EQ(value(score_ranking(ranking, roles), Metric::precision_at_5), 2.0 / 3);
}

}  // namespace
}  // namespace resonance::evaluation
