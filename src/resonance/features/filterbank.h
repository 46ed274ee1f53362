#pragma once

#include "resonance/core/matrix.h"
#include "resonance/features/tile.h"

#include <cstdint>
#include <span>
#include <vector>

namespace resonance::features {

/// A bank of F filters over the spectrum, stored without its zeros and applied to sixteen frames at once.
/// Immutable; thread-safe.
class Filterbank {
 public:
  /// @param weights    F x kBins
  /// @param negligible  weights up to this share of their column's maximum are dropped
  explicit Filterbank(const Matrix& weights, float negligible = 0);

  [[nodiscard]] std::size_t filters() const noexcept { return filters_; }
  /// @param bin_rows  a tile of bin rows
  /// @param out       F rows of kTileFrames
  void apply(std::span<const float> bin_rows, std::span<float> out) const;
  /// What apply() does, without vectors. For tests.
  void apply_scalar(std::span<const float> bin_rows, std::span<float> out) const;

  /// A run of non-zero weights of one filter, its values from weights[first_weight].
  struct Segment {
    std::uint32_t filter;
    std::uint32_t first_bin;
    std::uint32_t first_weight;
    std::uint32_t count;
  };

 private:
  std::size_t filters_ = 0;
  std::vector<Segment> segments_;  // ordered by filter; every filter has at least one
  std::vector<float> weights_;
};

}  // namespace resonance::features
