#pragma once

#include <cstdint>
#include <vector>

#include "resonance/core/description.h"
#include "resonance/core/feature_block.h"

namespace resonance::features {

/// Listens to a track's features and says what can be said in words and numbers. Keeps eight bytes a frame and a few
/// sums. Not thread-safe: one a track.
class TrackDescriber {
 public:
  TrackDescriber();
  /// Takes the next frames, in order.
  void push(const FeatureBlock& block);
  /// Of all frames pushed; duration_s is left 0. For silence: no tempo, no key.
  [[nodiscard]] Description finish() const;

 private:
  std::vector<float> onset_;      // T
  std::vector<float> loudness_;   // T
  std::vector<double> mel_power_;  // sums over time of the mel powers, 160
  std::vector<double> tempogram_;  // sums over time, 320
};

}  // namespace resonance::features
