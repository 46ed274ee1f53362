#include "resonance/ranking/cheapest_order.h"

#include "resonance/core/error.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <random>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace resonance::ranking {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

double apart(std::size_t a, std::size_t b) { return std::abs(double(a) - double(b)); }

TEST(NearestNeighbourOrder, goes_to_the_nearest_that_is_left) {
  EXPECT_THAT(nearest_neighbour_order({5, 9, 6, 1, 7}, apart, {}), ElementsAre(5, 6, 7, 9, 1));
  EXPECT_THAT(nearest_neighbour_order({5, 9, 6, 1, 7}, apart, {.first = true, .last = true}),
              ElementsAre(5, 6, 9, 1, 7));
  EXPECT_THAT(nearest_neighbour_order({}, apart, {}), IsEmpty());
}

TEST(ImprovedOrder, sorts_points_on_a_line) {
  EXPECT_THAT(improved_order({1, 9, 4, 7, 2, 30, 12}, apart, {}), ElementsAre(1, 2, 4, 7, 9, 12, 30));
  EXPECT_THAT(improved_order({1, 9, 4, 7, 2, 30, 12}, apart, {.first = true, .last = true}),
              ElementsAre(1, 2, 4, 7, 9, 30, 12));
  EXPECT_THAT(improved_order({3, 4}, apart, {}), ElementsAre(3, 4));
  EXPECT_THAT(improved_order({3}, apart, {.first = true, .last = true}), ElementsAre(3));
  EXPECT_THAT(improved_order({}, apart, {.first = true, .last = true}), IsEmpty());
}

double total(const std::vector<std::size_t>& order, const std::vector<double>& costs, std::size_t size) {
  double sum = 0;
  for (std::size_t i = 1; i < order.size(); ++i) sum += costs[order[i - 1] * size + order[i]];
  return sum;
}

TEST(ImprovedOrder, keeps_its_ends_and_comes_near_to_the_best_order_with_costs_of_any_kind) {
  std::mt19937 random(31);
  std::uniform_real_distribution<double> uniform(0, 1);
  double found_sum = 0;
  double best_sum = 0;
  for (int round = 0; round < 60; ++round) {
    constexpr std::size_t kSize = 7;
    std::vector<double> costs(kSize * kSize);
    for (double& cost : costs) cost = uniform(random);  // not symmetric
    const auto cost = [&](std::size_t a, std::size_t b) { return costs[a * kSize + b]; };
    std::vector<std::size_t> order(kSize);
    std::iota(order.begin(), order.end(), 0);
    const FixedEnds ends{.first = round % 2 == 0, .last = round % 3 == 0};
    const std::vector<std::size_t> found = improved_order(order, cost, ends);
    EXPECT_TRUE(std::is_permutation(found.begin(), found.end(), order.begin(), order.end()));
    EXPECT_TRUE(!ends.first || found.front() == 0);
    EXPECT_TRUE(!ends.last || found.back() == kSize - 1);
    EXPECT_LE(total(found, costs, kSize), total(order, costs, kSize) + 1e-9);
    double best = std::numeric_limits<double>::infinity();
    do {
      if (ends.first && order.front() != 0) continue;
      if (ends.last && order.back() != kSize - 1) continue;
      best = std::min(best, total(order, costs, kSize));
    } while (std::next_permutation(order.begin(), order.end()));
    found_sum += total(found, costs, kSize);
    best_sum += best;
  }
  EXPECT_LT(found_sum, 1.25 * best_sum);
}

TEST(ImprovedOrder, refuses_what_would_take_too_much_memory) {
  EXPECT_THROW(improved_order(std::vector<std::size_t>(2001), apart, {}), Error);
}

}  // namespace
}  // namespace resonance::ranking
