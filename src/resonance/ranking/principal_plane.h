#pragma once

#include "resonance/ranking/map_point.h"

#include <array>
#include <cstddef>
#include <span>
#include <vector>

namespace resonance::ranking {

/// The plane through N points of D dimensions along which they spread most: principal component analysis
/// (Pearson 1901) with two components, by orthogonal iteration on the rows, so that no D x D matrix is made.
/// Deterministic: of either direction of an axis the one whose largest component is positive.
class PrincipalPlane {
 public:
  /// @param rows  N x D row-major, finite
  /// @throws Error(invalid_argument) unless D > 0 divides the size and there is a row
  static PrincipalPlane fit(std::span<const float> rows, std::size_t dimensions);

  /// Where a row lies in the plane, relative to the mean. @param row  D values
  [[nodiscard]] MapPoint project(std::span<const float> row) const;
  /// The axes' directions, D values of unit length; all zero where the points do not spread.
  [[nodiscard]] const std::array<std::vector<double>, 2>& axes() const { return axes_; }

 private:
  std::vector<double> mean_;
  std::array<std::vector<double>, 2> axes_;
};

}  // namespace resonance::ranking
