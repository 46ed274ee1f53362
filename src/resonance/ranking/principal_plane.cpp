#include "resonance/ranking/principal_plane.h"

#include "resonance/core/error.h"
#include "resonance/ranking/vector_math.h"

#include <algorithm>
#include <cmath>
#include <random>

namespace resonance::ranking {
namespace {

// Two more than are needed: convergence goes by the gap to the fifth eigenvalue instead of the third.
constexpr std::size_t kVectors = 4;
constexpr int kMostIterations = 300;
constexpr double kSettled = 1e-10;
constexpr double kNoSpread = 1e-9;  // of the largest axis, or of anything

using Basis = std::vector<std::vector<double>>;

double product(const std::vector<double>& a, const std::vector<double>& b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += a[i] * b[i];
  return sum;
}

// Gram-Schmidt, twice for accuracy; what is left of dependent vectors becomes zero. @return the lengths
std::vector<double> orthonormalise(Basis& basis) {
  std::vector<double> lengths;
  for (std::size_t i = 0; i < basis.size(); ++i) {
    for (int round = 0; round < 2; ++round) {
      for (std::size_t j = 0; j < i; ++j) {
        const double along = product(basis[i], basis[j]);
        for (std::size_t d = 0; d < basis[i].size(); ++d) basis[i][d] -= along * basis[j][d];
      }
    }
    const double length = length_of(basis[i]);
    lengths.push_back(length);
    const bool spreads = length > kNoSpread * std::max(lengths.front(), 1e-300);
    for (double& value : basis[i]) value = spreads ? value / length : 0;
  }
  return lengths;
}

// The covariance times each vector, up to the factor N.
Basis times_covariance(const Basis& basis, std::span<const float> rows, const std::vector<double>& mean) {
  const std::size_t dimensions = mean.size();
  Basis result(basis.size(), std::vector<double>(dimensions));
  std::vector<double> offsets;  // the mean's part of each inner product
  for (const auto& vector : basis) offsets.push_back(product(vector, mean));
  std::vector<double> sums(basis.size());
  for (std::span<const float> rest = rows; !rest.empty(); rest = rest.subspan(dimensions)) {
    const std::span<const float> row = rest.first(dimensions);
    for (std::size_t v = 0; v < basis.size(); ++v) {
      double along = -offsets[v];
      for (std::size_t d = 0; d < dimensions; ++d) along += double{row[d]} * basis[v][d];
      sums[v] += along;
      add_scaled(result[v], row, along);
    }
  }
  for (std::size_t v = 0; v < basis.size(); ++v) {
    for (std::size_t d = 0; d < dimensions; ++d) result[v][d] -= sums[v] * mean[d];
  }
  return result;
}

void point_forward(std::vector<double>& axis) {
  const auto largest = std::max_element(axis.begin(), axis.end(),
                                        [](double a, double b) { return std::abs(a) < std::abs(b); });
  if (*largest >= 0) return;
  for (double& value : axis) value = -value;
}

}  // namespace

PrincipalPlane PrincipalPlane::fit(std::span<const float> rows, std::size_t dimensions) {
  if (dimensions == 0 || rows.empty() || rows.size() % dimensions != 0) {
    throw Error(ErrorCode::invalid_argument, "a map needs at least one row, and all of one dimension");
  }
  PrincipalPlane plane;
  plane.mean_.assign(dimensions, 0);
  const std::size_t count = rows.size() / dimensions;
  for (std::size_t i = 0; i < rows.size(); ++i) plane.mean_[i % dimensions] += double{rows[i]};
  for (double& value : plane.mean_) value /= static_cast<double>(count);

  std::mt19937_64 random(1);
  Basis basis(std::min(kVectors, dimensions), std::vector<double>(dimensions));
  for (auto& vector : basis) {
    for (double& value : vector) value = static_cast<double>(random() >> 11U) * 0x1p-53 - 0.5;
  }
  orthonormalise(basis);
  for (int iteration = 0; iteration < kMostIterations; ++iteration) {
    Basis next = times_covariance(basis, rows, plane.mean_);
    orthonormalise(next);
    double turned = 0;
    for (std::size_t axis = 0; axis < std::min<std::size_t>(2, basis.size()); ++axis) {
      turned =
          std::max(turned, length_of(next[axis]) > 0 ? 1 - std::abs(product(next[axis], basis[axis])) : 0.0);
    }
    basis = std::move(next);
    if (turned < kSettled) break;
  }
  for (std::size_t axis = 0; axis < 2; ++axis) {
    plane.axes_[axis] = axis < basis.size() ? basis[axis] : std::vector<double>(dimensions);
    point_forward(plane.axes_[axis]);
  }
  return plane;
}

MapPoint PrincipalPlane::project(std::span<const float> row) const {
  assert(row.size() == mean_.size());
  MapPoint point;
  for (std::size_t d = 0; d < mean_.size(); ++d) {
    const double value = double{row[d]} - mean_[d];
    point.x += value * axes_[0][d];
    point.y += value * axes_[1][d];
  }
  return point;
}

}  // namespace resonance::ranking
