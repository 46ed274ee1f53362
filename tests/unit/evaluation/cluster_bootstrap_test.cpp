#include "resonance/evaluation/cluster_bootstrap.h"

#include <cmath>
#include <random>

#include <gtest/gtest.h>

namespace resonance::evaluation {
namespace {

TEST(ClusterBootstrap, of_equal_values_has_no_width) {
  const std::vector<std::size_t> clusters{0, 0, 1, 2};
  const Interval interval = ClusterBootstrap(clusters).interval(std::vector<double>(4, 0.25));
  EXPECT_DOUBLE_EQ(interval.mean, 0.25);
  EXPECT_DOUBLE_EQ(interval.low, 0.25);
  EXPECT_DOUBLE_EQ(interval.high, 0.25);
}

TEST(ClusterBootstrap, of_independent_values_is_the_normal_interval) {
  std::mt19937 random(5);
  std::vector<double> values(1000);
  std::vector<std::size_t> clusters(1000);
  for (std::size_t i = 0; i < values.size(); ++i) {
    values[i] = static_cast<double>(random() % 2);
    clusters[i] = i;
  }
  const Interval interval = ClusterBootstrap(clusters).interval(values);
  const double error = std::sqrt(interval.mean * (1 - interval.mean) / 1000);
  EXPECT_NEAR(interval.low, interval.mean - 1.96 * error, 0.2 * error);
  EXPECT_NEAR(interval.high, interval.mean + 1.96 * error, 0.2 * error);
}

// Ten equal queries of one artist say as much as one.
TEST(ClusterBootstrap, does_not_take_queries_of_one_cluster_for_independent) {
  std::vector<double> few;
  std::vector<double> many;
  std::vector<std::size_t> few_clusters;
  std::vector<std::size_t> many_clusters;
  for (std::size_t i = 0; i < 50; ++i) {
    few.push_back(static_cast<double>(i % 2));
    few_clusters.push_back(i);
    for (int copy = 0; copy < 10; ++copy) {
      many.push_back(static_cast<double>(i % 2));
      many_clusters.push_back(i);
    }
  }
  const Interval one = ClusterBootstrap(few_clusters).interval(few);
  const Interval ten = ClusterBootstrap(many_clusters).interval(many);
  EXPECT_DOUBLE_EQ(one.low, ten.low);
  EXPECT_DOUBLE_EQ(one.high, ten.high);
}

TEST(ClusterBootstrap, of_nothing_is_zero) {
  const Interval interval = ClusterBootstrap(std::vector<std::size_t>{}).interval(std::vector<double>{});
  EXPECT_EQ(interval.mean, 0);
  EXPECT_EQ(interval.high, 0);
}

}  // namespace
}  // namespace resonance::evaluation
