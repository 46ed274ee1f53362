#include "resonance/embedding/principal_axes.h"

#include <random>

#include <Eigen/Eigenvalues>
#include <gtest/gtest.h>

namespace resonance::embedding {
namespace {

constexpr double kPrior = 20;

/// Gaussian rows whose dimension d deviates by 1 + d; the last dimension is zero in all of them.
Eigen::MatrixXf gaussian_rows(Eigen::Index count, Eigen::Index dimensions) {
  std::mt19937 random(3);
  std::normal_distribution<float> normal;
  Eigen::MatrixXf rows(count, dimensions);
  for (Eigen::Index i = 0; i < count; ++i) {
    for (Eigen::Index d = 0; d < dimensions; ++d) rows(i, d) = static_cast<float>(d + 1) * normal(random);
  }
  rows.col(dimensions - 1).setZero();
  return rows;
}

PrincipalAxes axes_of(const Eigen::MatrixXf& rows, Eigen::Index wanted) {
  std::vector<bool> varies(static_cast<std::size_t>(rows.cols()), true);
  varies.back() = false;
  const auto write = [&](std::size_t i, std::span<float> out) {
    for (std::size_t d = 0; d < out.size(); ++d) {
      out[d] = rows(static_cast<Eigen::Index>(i), static_cast<Eigen::Index>(d));
    }
  };
  return principal_axes(static_cast<std::size_t>(rows.rows()), write, varies, kPrior,
                        static_cast<std::size_t>(wanted));
}

/// (Z'Z + prior) / (N + prior), as the header defines it.
Eigen::MatrixXd covariance_of(const Eigen::MatrixXf& rows) {
  const Eigen::MatrixXd z = rows.cast<double>();
  Eigen::MatrixXd result = z.transpose() * z;
  result.diagonal().head(rows.cols() - 1).array() += kPrior;
  return result / (static_cast<double>(rows.rows()) + kPrior);
}

void expect_eigenvectors(const Eigen::MatrixXf& rows, const PrincipalAxes& axes) {
  const Eigen::MatrixXd covariance = covariance_of(rows);
  const Eigen::VectorXd expected =
      Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd>(covariance).eigenvalues().reverse();
  EXPECT_NEAR(axes.mean_eigenvalue, expected.mean(), 1e-4 * expected.mean());
  for (Eigen::Index k = 0; k < axes.directions.cols(); ++k) {
    const Eigen::VectorXd direction = axes.directions.col(k);
    EXPECT_NEAR(axes.eigenvalues[k], expected[k], 1e-4 * expected[0]) << k;
    EXPECT_LT((covariance * direction - axes.eigenvalues[k] * direction).norm(), 1e-3 * expected[0]) << k;
  }
  const Eigen::MatrixXd gram = axes.directions.transpose() * axes.directions;
  EXPECT_LT((gram - Eigen::MatrixXd::Identity(gram.rows(), gram.cols())).norm(), 1e-6);
}

TEST(PrincipalAxes, are_the_eigenvectors_of_the_covariance_with_more_rows_than_dimensions) {
  const Eigen::MatrixXf rows = gaussian_rows(600, 30);  // more than one chunk of the sum
  expect_eigenvectors(rows, axes_of(rows, 29));
}

TEST(PrincipalAxes, are_the_same_with_fewer_rows_than_dimensions) {
  const Eigen::MatrixXf rows = gaussian_rows(12, 30);
  expect_eigenvectors(rows, axes_of(rows, 12));
}

TEST(PrincipalAxes, beyond_the_rows_are_fixed_directions_that_no_row_has_a_part_in) {
  const Eigen::MatrixXf rows = gaussian_rows(12, 30);
  const PrincipalAxes axes = axes_of(rows, 29);
  expect_eigenvectors(rows, axes);
  EXPECT_LT((rows.cast<double>() * axes.directions.rightCols(17)).norm(), 1e-3);
  EXPECT_EQ(axes.directions, axes_of(rows, 29).directions);
}

TEST(PrincipalAxes, of_rows_that_repeat_themselves_are_still_orthonormal) {
  const Eigen::MatrixXf rows = gaussian_rows(1, 30).replicate(12, 1);
  expect_eigenvectors(rows, axes_of(rows, 20));
}

TEST(PrincipalAxes, of_no_rows_are_fixed_directions) {
  const Eigen::MatrixXf rows(0, 30);
  expect_eigenvectors(rows, axes_of(rows, 10));
}

TEST(PrincipalAxes, are_zero_where_no_dimension_is_left) {
  const Eigen::MatrixXf rows = gaussian_rows(3, 30);
  EXPECT_EQ(axes_of(rows, 30).directions.col(29).norm(), 0.0);
}

}  // namespace
}  // namespace resonance::embedding
