#pragma once

#include <span>

namespace resonance::features {

struct Key {
  int tonic = -1;        ///< pitch class, 0 = C ... 11 = B; -1: none found
  bool minor = false;    ///< mode
  float confidence = 0;  ///< [0, 1]: share of this key's weight among the 24
};

/// The key of a track, from where its spectral peaks lie on the octave. The tuning is taken from the peaks
/// themselves; what may be a third or fifth partial also counts for the note it would belong to; the twelve
/// pitch classes are correlated with a profile of each key.
/// @param pitch_peaks  kPitchPeakHistograms x kPitchPeakBins sums (FeatureBlock::pitch_peaks), >= 0
///
/// Sources: Gomez 2006 (peaks, partials), Albrecht & Shanahan 2013 (the profiles ours started from: see
/// key.cpp).
Key estimate_key(std::span<const double> pitch_peaks);

}  // namespace resonance::features
