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

  /// Two histograms of 120 bins (kPitchPeakHistograms x kPitchPeakBins) over the octave, 10 cents a bin, bin
  /// 0 centred on C at A4 = 440 Hz: where the block's spectral peaks lie. Sums over its frames, so blocks add
  /// up. (a) Peaks from 60 Hz to 5 kHz by amplitude, each frame's largest bin 1; (b) those below 1 kHz by the
  /// root of the amplitude, each frame's sum 1. No unit; each bin in [0, T]; a silent frame adds nothing.
  /// Multiples of 2^-12, so that sums of up to 4096 frames are exact.
  std::vector<float> pitch_peaks = {};

  [[nodiscard]] std::size_t frames() const noexcept { return onset.size(); }
};

}  // namespace resonance
