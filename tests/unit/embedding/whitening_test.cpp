#include "resonance/embedding/whitening.h"

#include <cmath>
#include <random>
#include <vector>

#include <gtest/gtest.h>

namespace resonance::embedding {
namespace {

/// Rows (x, x, x, y) of independent Gaussians: after standardising, principal variances 3 and 1.
std::vector<std::vector<float>> correlated_rows(std::size_t count) {
  std::mt19937 random(5);
  std::normal_distribution<float> normal;
  std::vector<std::vector<float>> rows(count);
  for (auto& row : rows) {
    const float x = normal(random);
    row = {x, x, x, normal(random)};
  }
  return rows;
}

Whitening fit(const std::vector<std::vector<float>>& rows, const WhiteningConfig& config,
              const WhiteningPrior& prior) {
  return Whitening::fit(
      rows.size(), rows.front().size(), config,
      [&](std::size_t i) { return std::span<const float>(rows[i]); }, prior);
}

TEST(Whitening, exponent_zero_keeps_the_variances_of_the_axes_and_exponent_one_makes_them_equal) {
  const auto rows = correlated_rows(20000);
  const std::vector<float> point{1, 1, 1, 1};
  const auto rotated = fit(rows, {.output_dimensions = 2, .exponent = 0, .floor = 0}, {}).apply(point);
  EXPECT_NEAR(std::abs(rotated[0]), std::sqrt(3.0) / 2, 0.02);
  EXPECT_NEAR(std::abs(rotated[1]), 0.5, 0.02);
  const auto white = fit(rows, {.output_dimensions = 2, .exponent = 1, .floor = 0}, {}).apply(point);
  EXPECT_NEAR(std::abs(white[0]), std::sqrt(0.5), 0.02);
  EXPECT_NEAR(std::abs(white[1]), std::sqrt(0.5), 0.02);
}

TEST(Whitening, one_row_with_a_prior_is_placed_by_the_prior) {
  const WhiteningPrior prior{.mean = {0, 0}, .scale = {1, 10}};
  const auto whitening = fit({{1, 0}}, {.output_dimensions = 2, .exponent = 0, .floor = 0}, prior);
  const auto a = whitening.apply(std::vector<float>{1, 0});
  const auto b = whitening.apply(std::vector<float>{-1, 0});
  EXPECT_LT(a[0] * b[0] + a[1] * b[1], -0.5) << "the prior's mean lies between them";
}

TEST(Whitening, more_output_dimensions_than_there_are_axes_are_zero) {
  const auto out =
      fit(correlated_rows(50), {.output_dimensions = 9}, {}).apply(std::vector<float>{1, 2, 3, 4});
  ASSERT_EQ(out.size(), 9U);
  for (std::size_t i = 4; i < 9; ++i) EXPECT_EQ(out[i], 0.0F);
}

TEST(Whitening, a_value_that_is_not_finite_says_nothing_of_its_dimension) {
  const auto whitening = fit(correlated_rows(50), {.output_dimensions = 4}, {});
  for (const float value : whitening.apply(std::vector<float>{1, INFINITY, NAN, 4}))
    EXPECT_TRUE(std::isfinite(value));
}

}  // namespace
}  // namespace resonance::embedding
