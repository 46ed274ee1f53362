#pragma once

#include "resonance/core/feature_contract.h"

#include <array>
#include <cstddef>
#include <span>
#include <vector>

namespace resonance::embedding {

/// Rhythm of a track: mean and deviation of the tempogram over time on a logarithmic lag axis, on which a
/// tempo change is a small shift, and how dense and how uneven the onsets are. Not thread-safe.
class RhythmStatistics {
 public:
  static constexpr std::size_t kLagBands = 48;
  static constexpr std::size_t kDimensions = 2 * kLagBands + 3;

  RhythmStatistics();
  /// @param tempogram  320 lags @param onset  strength of the frame
  void push(std::span<const float> tempogram, float onset);
  /// kDimensions values; all zero if there was no onset.
  [[nodiscard]] std::vector<float> finish() const;

 private:
  std::vector<std::size_t> edges_;  ///< kLagBands + 1 lags
  std::size_t frames_ = 0;
  std::size_t beating_frames_ = 0;
  std::array<double, kLagBands> sum_{};
  std::array<double, kLagBands> squares_{};
  double onset_sum_ = 0;
  double onset_squares_ = 0;
  std::size_t onsets_above_ = 0;
};

}  // namespace resonance::embedding
