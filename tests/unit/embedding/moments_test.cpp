#include "resonance/embedding/moments.h"

#include <cmath>
#include <numbers>

#include <gtest/gtest.h>

namespace resonance::embedding {
namespace {

/// Where (i, j), i <= j, lies in the upper triangle of an n x n matrix.
std::size_t triangle_index(std::size_t i, std::size_t j, std::size_t n) {
  return i * n - i * (i - 1) / 2 + j - i;
}

TEST(Moments, the_log_covariance_of_two_correlated_components_is_known) {
  // x = s, y = s / 2 with s = +-1: covariance [[1, .5], [.5, .25]], eigenvalues 1.25 and 0, plus .001.
  Moments moments;
  for (int i = 0; i < 1000; ++i) {
    Moments::Vector values{};
    values[0] = i % 2 == 0 ? 1.0F : -1.0F;
    values[1] = values[0] / 2;
    moments.push(values);
  }
  const auto logarithm = moments.log_covariance();
  ASSERT_EQ(logarithm.size(), Moments::kSize * (Moments::kSize + 1) / 2);
  const double high = std::log(1.251);
  const double low = std::log(0.001);
  EXPECT_NEAR(logarithm[triangle_index(0, 0, Moments::kSize)], 0.8 * high + 0.2 * low, 1e-4);
  EXPECT_NEAR(logarithm[triangle_index(1, 1, Moments::kSize)], 0.2 * high + 0.8 * low, 1e-4);
  EXPECT_NEAR(logarithm[triangle_index(0, 1, Moments::kSize)], std::numbers::sqrt2 * 0.4 * (high - low),
              1e-4);
  EXPECT_NEAR(logarithm[triangle_index(2, 2, Moments::kSize)], low, 1e-4);
}

TEST(Moments, the_gaussian_forgets_the_level_and_keeps_the_shape) {
  Moments a;
  Moments b;
  Moments c;
  for (int i = 0; i < 100; ++i) {
    Moments::Vector values{};
    for (std::size_t k = 0; k < values.size(); ++k) values[k] = std::sin(static_cast<float>(i * (k + 1)));
    a.push(values);
    values[0] += 50;
    b.push(values);
    values[1] += 50;
    c.push(values);
  }
  const auto x = a.log_gaussian(10);
  const auto y = b.log_gaussian(10);
  const auto z = c.log_gaussian(10);
  ASSERT_EQ(x.size(), (Moments::kSize + 1) * (Moments::kSize + 2) / 2);
  double moved = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    EXPECT_NEAR(x[i], y[i], 1e-3);
    moved += std::abs(x[i] - z[i]);
  }
  EXPECT_GT(moved, 1);
}

TEST(Moments, no_vector_at_all_gives_finite_values) {
  for (const float value : Moments{}.log_gaussian(10)) EXPECT_TRUE(std::isfinite(value));
  for (const float value : Moments{}.log_covariance()) EXPECT_TRUE(std::isfinite(value));
}

}  // namespace
}  // namespace resonance::embedding
