#include "resonance/ranking/mutual_proximity.h"

#include "resonance/core/error.h"
#include "resonance/ranking/vector_math.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include <gtest/gtest.h>

#include "random_vectors.h"

namespace resonance::ranking {
namespace {

TEST(SimilarityStatistics, are_mean_and_deviation_over_the_other_rows_of_the_sample) {
  const std::vector<float> vector{1, 0};
  const std::vector<float> sample{1, 0, 0, 1, 0.6F, 0.8F};  // the first is the vector itself
  const SimilarityStatistics statistics = similarity_statistics(vector, sample);
  EXPECT_NEAR(statistics.mean, 0.3, 1e-7);
  EXPECT_NEAR(statistics.deviation, 0.3, 1e-7);
}

// A weighted query was counted as similar to its own track, which made its similarities spread more.
TEST(SimilarityStatistics, pass_over_the_rows_that_the_vector_was_made_of) {
  const std::vector<float> vector{2, 0};
  const std::vector<float> own{1, 0};
  const std::vector<float> sample{1, 0, 0, 1, 0.6F, 0.8F};
  const std::vector<std::span<const float>> passed_over{own};
  EXPECT_NEAR(similarity_statistics(vector, sample, passed_over).mean, 0.6, 1e-7);
}

TEST(SimilarityStatistics, of_nothing_are_zero) {
  const std::vector<float> vector{1, 0};
  EXPECT_EQ(similarity_statistics(vector, {}).deviation, 0);
  EXPECT_EQ(similarity_statistics(vector, vector).mean, 0);
  EXPECT_THROW(similarity_statistics(vector, std::vector<float>{1, 0, 0}), Error);
  EXPECT_THROW(similarity_statistics({}, {}), Error);
}

TEST(MutualDistance, of_the_mean_of_both_is_three_quarters) {
  EXPECT_NEAR(mutual_distance(0.2, {0.2, 0.1}, {0.2, 0.3}), 0.75, 1e-12);
}

TEST(MutualDistance, one_deviation_above_both_means_is_the_product_of_the_normal_shares) {
  const double below = 0.8413447460685429;  // the normal distribution at 1
  EXPECT_NEAR(mutual_distance(0.5, {0.4, 0.1}, {0.3, 0.2}), 1 - below * below, 1e-12);
}

TEST(MutualDistance, tells_the_very_near_apart) {
  const SimilarityStatistics statistics{0, 0.05};
  const double near = mutual_distance(0.8, statistics, statistics);
  const double nearer = mutual_distance(0.81, statistics, statistics);
  EXPECT_GT(nearer, 0);
  EXPECT_LT(nearer, near);
}

TEST(MutualDistance, a_side_without_deviation_is_certain) {
  EXPECT_EQ(mutual_distance(0.5, {0, 0}, {0, 0}), 0);
  EXPECT_EQ(mutual_distance(-0.5, {0, 0}, {0, 0}), 1);
}

// How often each track is among the ten nearest of others, at most.
std::size_t greatest_occurrence(const Matrix& rows, bool mutual) {
  std::vector<SimilarityStatistics> statistics;
  for (std::size_t i = 0; i < rows.rows(); ++i) {
    statistics.push_back(similarity_statistics(rows.row(i), rows.values()));
  }
  std::vector<std::size_t> occurrence(rows.rows());
  for (std::size_t i = 0; i < rows.rows(); ++i) {
    std::vector<std::pair<double, std::size_t>> others;
    for (std::size_t j = 0; j < rows.rows(); ++j) {
      if (i == j) continue;
      const double similarity = inner_product(rows.row(i), rows.row(j));
      others.emplace_back(mutual ? mutual_distance(similarity, statistics[i], statistics[j]) : -similarity,
                          j);
    }
    std::nth_element(others.begin(), others.begin() + 9, others.end());
    for (std::size_t k = 0; k < 10; ++k) ++occurrence[others[k].second];
  }
  return *std::max_element(occurrence.begin(), occurrence.end());
}

TEST(MutualDistance, makes_hubs_rarer) {
  // Rows near a common direction, more or less: those nearest to it are hubs.
  Matrix rows = random_unit_rows(300, 64, 7);
  std::mt19937 random(8);
  std::uniform_real_distribution<float> share(0, 1);
  for (std::size_t i = 0; i < rows.rows(); ++i) {
    rows(i, 0) += share(random);
    const std::vector<double> row(rows.row(i).begin(), rows.row(i).end());
    const std::vector<float> unit = normalised(row);
    std::copy(unit.begin(), unit.end(), rows.row(i).begin());
  }
  EXPECT_LT(2 * greatest_occurrence(rows, true), greatest_occurrence(rows, false));
}

}  // namespace
}  // namespace resonance::ranking
