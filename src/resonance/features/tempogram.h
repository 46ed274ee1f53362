#pragma once

#include "resonance/core/matrix.h"
#include "resonance/features/sliding_autocorrelation.h"

#include <span>
#include <vector>

namespace resonance::features {

/// Autocorrelation tempogram of a whole onset envelope (librosa.feature.tempogram: win_length 320, Hann,
/// centred with linear ramps, each frame divided by its maximum). What the cache need not keep.
/// @param onset  T values, 50 a second
/// @return T x 320
Matrix tempogram(std::span<const float> onset);

/// The same for a stream of onset strengths; a frame is ready once the 160 after it are known. Not
/// thread-safe.
class TempogramStream {
 public:
  void push(std::span<const float> onset);
  void finish();
  /// Ready for another sequence.
  void reset();

  /// Frames that take() can give.
  [[nodiscard]] std::size_t ready() const noexcept;
  /// @param out  any number of rows of kTempogramLags, at most ready()
  void take(std::span<float> out);

 private:
  SlidingAutocorrelation autocorrelation_;
  std::vector<double> onset_;  // from one before the next frame's window on
};

}  // namespace resonance::features
