#pragma once

#include "resonance/core/matrix.h"
#include "resonance/features/real_fft.h"
#include "resonance/features/tile.h"

#include <cstdint>
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
  TempogramStream();

  void push(std::span<const float> onset);
  void finish();

  /// Frames that take() can give.
  [[nodiscard]] std::size_t ready() const noexcept;
  /// @param out  any number of rows of kTempogramLags, at most ready()
  void take(std::span<float> out);

 private:
  void autocorrelate(std::span<const float> onset, std::span<float> out);

  RealFft forward_;
  RealFft inverse_;
  AlignedFloats window_;
  AlignedFloats samples_;
  AlignedFloats spectrum_;
  std::vector<float> onset_;  // from the start of the next frame's window on
  bool started_ = false;
};

}  // namespace resonance::features
