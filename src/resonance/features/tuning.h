#pragma once

#include "resonance/features/tile.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace resonance::features {

/// Tuning of a stream of spectra (librosa.estimate_tuning(S=power, bins_per_octave=24) with piptrack's
/// defaults): spectral peaks between 150 Hz and 4 kHz above a tenth of their frame's maximum, refined by a
/// parabola; the fullest of a hundred classes of the deviations of those at least as strong as their median.
/// Not thread-safe.
class TuningEstimator {
 public:
  /// @param power  a tile of bin rows, of which the first `frames` columns count
  void push(std::span<const float> power, std::size_t frames);
  void reset();
  /// @return deviation from A4 = 440 Hz in bins of 1/24 octave, in [-0.5, 0.5); 0 if there was no peak
  [[nodiscard]] double estimate() const;

 private:
  void add(std::size_t bin, float below, float peak, float above);

  std::vector<float> magnitudes_;
  std::vector<std::uint8_t> classes_;
};

}  // namespace resonance::features
