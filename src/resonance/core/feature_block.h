#pragma once

#include "resonance/core/matrix.h"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace resonance {

/// A run of consecutive frames of one track, as every stage after `features` sees them. T frames, 20 ms
/// apart.
struct FeatureBlock {
  std::int64_t first_frame = 0;  ///< index of row 0 in the track
  Matrix log_mel;                ///< T x 160, dB re 1.0 (power), floor 1e-10
  Matrix chroma;                 ///< T x 24, in [0, 1], each frame's maximum 1 (0 for silence)
  std::vector<float> onset;      ///< T, onset strength of the percussive part, dB per frame, >= 0
  std::vector<float> loudness;   ///< T, K-weighted mean square of the frame (ITU-R BS.1770 weighting), linear
  Matrix tempogram;              ///< T x 320, each frame's maximum 1 (0 where there is no onset)

  [[nodiscard]] std::size_t frames() const noexcept { return onset.size(); }
};

}  // namespace resonance
