#pragma once

#include "resonance/core/feature_contract.h"

#include <array>
#include <cstddef>
#include <span>
#include <vector>

namespace resonance::embedding {

/// Timbre of a track: mean and covariance over time of a short cepstrum of the log-mel spectrum, and how fast
/// it moves. A single Gaussian describes a track's timbre about as well as any mixture (Mandel & Ellis 2005);
/// here it becomes a vector (mean, standard deviations, correlations), so that an inner product can search
/// it. Frames below the silence gate are skipped. Not thread-safe.
class TimbreStatistics {
 public:
  static constexpr std::size_t kCoefficients = 20;
  static constexpr std::size_t kDimensions = 3 * kCoefficients + kCoefficients * (kCoefficients - 1) / 2 -
                                             1;  ///< no mean level: loudness is no timbre

  TimbreStatistics();
  /// @param log_mel  160 bands, dB
  void push(std::span<const float> log_mel);
  /// kDimensions values; all zero if every frame was silent.
  [[nodiscard]] std::vector<float> finish() const;

 private:
  using Cepstrum = std::array<float, kCoefficients>;

  std::vector<float> basis_;  ///< kCoefficients x bands
  std::size_t frames_ = 0;
  std::size_t steps_ = 0;
  bool has_previous_ = false;
  Cepstrum previous_{};
  std::array<double, kCoefficients> sum_{};
  std::array<double, kCoefficients> step_squares_{};
  std::array<double, kCoefficients * kCoefficients> products_{};
};

}  // namespace resonance::embedding
