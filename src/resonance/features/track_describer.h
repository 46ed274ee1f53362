#pragma once

#include "resonance/core/description.h"
#include "resonance/core/feature_block.h"
#include "resonance/features/brightness.h"

#include <vector>

namespace resonance::features {

/// Loudness, density of onsets and brightness in one figure: how much happens, not how a listener feels.
/// Grows with each of the three.
/// @return [0, 1]; 0.5 for the typical recording, see ARCHITECTURE.md
float energy(float loudness_lufs, float onsets_per_second, float brightness_hz);

/// Listens to a track's features and says what can be said in words and numbers. Keeps eight bytes a frame
/// and a few sums. Not thread-safe: one a track.
class TrackDescriber {
 public:
  TrackDescriber();
  /// Takes the next frames, in order. Blocks without pitch_peaks are taken, but do not count for the key.
  void push(const FeatureBlock& block);
  /// Of all frames pushed; duration_s is left 0. For silence: no tempo, no key.
  [[nodiscard]] Description finish() const;

 private:
  std::vector<float> onset_;     // T
  std::vector<float> loudness_;  // T
  std::vector<double> pitch_peaks_;
  Brightness brightness_;
};

}  // namespace resonance::features
