#include "resonance/embedding/moments.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include <Eigen/Dense>

namespace resonance::embedding {
namespace {

constexpr double kLeastVariance = 1e-3;  // dB^2: a tone that never changes has no infinite logarithm

std::vector<float> log_triangle(const Eigen::MatrixXd& matrix) {
  const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> solver(matrix);
  const Eigen::VectorXd logarithms = solver.eigenvalues().cwiseMax(1e-8).array().log().matrix();
  const Eigen::MatrixXd result =
      solver.eigenvectors() * logarithms.asDiagonal() * solver.eigenvectors().transpose();
  std::vector<float> triangle;
  for (Eigen::Index i = 0; i < result.rows(); ++i) {
    for (Eigen::Index j = i; j < result.cols(); ++j) {
      triangle.push_back(static_cast<float>(result(i, j) * (i == j ? 1.0 : std::numbers::sqrt2)));
    }
  }
  return triangle;
}

}  // namespace

void Moments::push(const Vector& values) {
  ++count_;
  std::array<double, kSize> wide{};
  std::copy(values.begin(), values.end(), wide.begin());
  for (std::size_t i = 0; i < kSize; ++i) {
    sum_[i] += wide[i];
    for (std::size_t j = 0; j <= i; ++j) products_[i * kSize + j] += wide[i] * wide[j];
  }
}

std::vector<float> Moments::log_covariance() const {
  const auto size = static_cast<Eigen::Index>(kSize);
  Eigen::MatrixXd covariance = Eigen::MatrixXd::Zero(size, size);
  const double n = std::max(static_cast<double>(count_), 1.0);
  for (std::size_t i = 0; i < kSize; ++i) {
    for (std::size_t j = 0; j <= i; ++j) {
      const double value = products_[i * kSize + j] / n - sum_[i] / n * (sum_[j] / n);
      covariance(static_cast<Eigen::Index>(i), static_cast<Eigen::Index>(j)) = value;
      covariance(static_cast<Eigen::Index>(j), static_cast<Eigen::Index>(i)) = value;
    }
  }
  covariance.diagonal().array() += kLeastVariance;
  return log_triangle(covariance);
}

std::vector<float> Moments::log_gaussian(double unit) const {
  const auto size = static_cast<Eigen::Index>(kSize);
  Eigen::MatrixXd gaussian = Eigen::MatrixXd::Zero(size + 1, size + 1);
  const double n = std::max(static_cast<double>(count_), 1.0);
  const auto mean = [&](std::size_t i) { return sum_[i] / n; };
  const auto shape = [&](std::size_t i) { return i == 0 ? 0.0 : mean(i); };
  for (std::size_t i = 0; i < kSize; ++i) {
    for (std::size_t j = 0; j <= i; ++j) {
      const double covariance =
          products_[i * kSize + j] / n - mean(i) * mean(j) + (i == j ? kLeastVariance : 0.0);
      const double value = (covariance + shape(i) * shape(j)) / (unit * unit);
      gaussian(static_cast<Eigen::Index>(i), static_cast<Eigen::Index>(j)) = value;
      gaussian(static_cast<Eigen::Index>(j), static_cast<Eigen::Index>(i)) = value;
    }
    gaussian(static_cast<Eigen::Index>(i), size) = shape(i) / unit;
    gaussian(size, static_cast<Eigen::Index>(i)) = shape(i) / unit;
  }
  gaussian(size, size) = 1;
  return log_triangle(gaussian);
}

}  // namespace resonance::embedding
