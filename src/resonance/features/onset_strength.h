#pragma once

#include "resonance/features/tile.h"

#include <span>
#include <vector>

namespace resonance::features {

/// Onset strength of a stream of mel spectra (librosa.onset.onset_strength(S=dB, sr=44100, hop_length=882),
/// lag 1): onset[t] = mean over bands of max(0, dB[t - 1] - dB[t - 2]), 0 for the first two frames.
/// Not thread-safe.
class OnsetStrength {
 public:
  /// @param mel_db  rows of kMelBands, dB, on a cache line
  /// @return one value a row
  std::vector<float> push(std::span<const float> mel_db);

 private:
  AlignedFloats last_;  // empty before the first row
  float pending_ = 0;   // the rise into last_, which belongs to the next frame
};

}  // namespace resonance::features
