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
  /// @param weights     F x kBins, not negative; cheap where the filters over a bin are neighbours, mod F
  /// @param negligible  weights up to this share of their bin's largest are dropped
  explicit Filterbank(const Matrix& weights, float negligible = 0);

  [[nodiscard]] std::size_t filters() const noexcept { return filters_; }
  /// @param bin_rows  a tile of bin rows
  /// @param out       F rows of kTileFrames
  void apply(std::span<const float> bin_rows, std::span<float> out) const;
  /// What apply() does, without vectors. For tests.
  void apply_scalar(std::span<const float> bin_rows, std::span<float> out) const;

  /// Neighbouring bins that go to the same neighbouring filters, whose sums stay in registers meanwhile.
  struct Run {
    std::uint32_t first_bin;
    std::uint32_t bins;
    std::uint32_t first_filter;  // then on, mod F
    std::uint32_t width;         // filters, 1 ... kMaxWidth
    std::uint32_t first_weight;  // of bins x width
  };
  static constexpr std::uint32_t kMaxWidth =
      6;  // times two registers of 8 floats leaves AVX2 room for the rest

 private:
  void add_runs(const Matrix& weights, std::uint32_t first_bin, std::uint32_t end_bin,
                std::uint32_t first_filter, std::uint32_t width);

  std::size_t filters_ = 0;
  std::vector<Run> runs_;
  std::vector<float> weights_;
};

}  // namespace resonance::features
