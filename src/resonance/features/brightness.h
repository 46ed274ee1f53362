#pragma once

#include "resonance/core/feature_contract.h"
#include "resonance/core/matrix.h"

#include <array>
#include <cstdint>

namespace resonance::features {

/// 10^(dB / 10) to 1 part in 100,000, without a branch or a call, so that loops over it become vectors.
/// @param db  in [-300, 300]
float power_of_db(float db) noexcept;

/// Mean over time of the spectral centroid of the mel power, silent frames left out. Not thread-safe.
class Brightness {
 public:
  Brightness();
  /// @param log_mel  T x kMelBands, dB (FeatureBlock::log_mel)
  void push(const Matrix& log_mel);
  /// Hz; 0 if every frame was silent (summed mel power of -30 dB at most).
  [[nodiscard]] float mean_hz() const noexcept;

 private:
  std::array<float, kMelBands> centre_hz_{};
  double sum_hz_ = 0;
  std::int64_t frames_ = 0;
};

}  // namespace resonance::features
