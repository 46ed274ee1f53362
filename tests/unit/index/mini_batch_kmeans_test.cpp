#include "resonance/index/mini_batch_kmeans.h"

#include "resonance/core/error.h"

#include <algorithm>
#include <limits>
#include <numeric>
#include <set>
#include <vector>

#include <gtest/gtest.h>

namespace resonance::index {
namespace {

/// Four tight groups of 50 around the corners of a square.
std::vector<float> corners() {
  std::vector<float> vectors;
  for (int i = 0; i < 200; ++i) {
    const float shift = 0.01F * static_cast<float>(i % 7);
    vectors.push_back((i % 2 == 0 ? 10.0F : -10.0F) + shift);
    vectors.push_back((i % 4 < 2 ? 10.0F : -10.0F) - shift);
  }
  return vectors;
}

TEST(MiniBatchKmeans, as_many_clusters_as_rows_are_the_rows) {
  const std::vector<float> vectors{0, 0, 1, 0, 0, 1, 5, 5};
  const Clusters found = mini_batch_kmeans(vectors, 2, {.clusters = 4, .batch = 4, .steps = 1});
  EXPECT_EQ(found.counts, (std::vector<std::int64_t>{1, 1, 1, 1}));
  EXPECT_EQ(found.distortion, 0);
  EXPECT_EQ(std::set<std::uint32_t>(found.assignment.begin(), found.assignment.end()).size(), 4U);
}

TEST(MiniBatchKmeans, one_cluster_is_near_the_mean) {
  const Clusters found = mini_batch_kmeans(corners(), 2, {.clusters = 1, .batch = 64, .steps = 400});
  EXPECT_EQ(found.counts.front(), 200);
  EXPECT_NEAR(found.centres[0], 0.03, 0.5);
  EXPECT_NEAR(found.centres[1], -0.03, 0.5);
}

TEST(MiniBatchKmeans, every_row_goes_to_its_nearest_centre_and_is_counted_once) {
  const std::vector<float> vectors = corners();
  const Clusters found = mini_batch_kmeans(vectors, 2, {.clusters = 12, .batch = 50});
  EXPECT_EQ(std::accumulate(found.counts.begin(), found.counts.end(), std::int64_t{0}), 200);
  double sum = 0;
  for (std::size_t row = 0; row < 200; ++row) {
    const auto distance = [&](std::size_t c) {
      const double x = vectors[2 * row] - found.centres[2 * c];
      const double y = vectors[2 * row + 1] - found.centres[2 * c + 1];
      return x * x + y * y;
    };
    double least = std::numeric_limits<double>::infinity();
    for (std::size_t c = 0; c < 12; ++c) least = std::min(least, distance(c));
    EXPECT_NEAR(distance(found.assignment[row]), least, 1e-4);
    sum += distance(found.assignment[row]);
  }
  EXPECT_NEAR(found.distortion, sum / 200, 1e-6);
}

TEST(MiniBatchKmeans, more_steps_do_not_make_it_worse_and_the_same_seed_is_the_same) {
  const std::vector<float> vectors = corners();
  const auto distortion = [&](std::size_t steps) {
    return mini_batch_kmeans(vectors, 2, {.clusters = 8, .batch = 50, .steps = steps}).distortion;
  };
  EXPECT_LE(distortion(200), distortion(1) + 1e-3);
  EXPECT_EQ(distortion(50), distortion(50));
}

TEST(MiniBatchKmeans, impossible_numbers_are_refused) {
  const std::vector<float> vectors{0, 0, 1, 0};
  EXPECT_THROW((void)mini_batch_kmeans(vectors, 2, {.clusters = 0}), Error);
  EXPECT_THROW((void)mini_batch_kmeans(vectors, 2, {.clusters = 3}), Error);
  EXPECT_THROW((void)mini_batch_kmeans(vectors, 2, {.clusters = 1, .batch = 0}), Error);
  EXPECT_THROW((void)mini_batch_kmeans({}, 2, {.clusters = 1}), Error);
  const std::vector<float> odd{0, std::numeric_limits<float>::quiet_NaN()};
  EXPECT_THROW((void)mini_batch_kmeans(odd, 2, {.clusters = 1}), Error);
}

}  // namespace
}  // namespace resonance::index
