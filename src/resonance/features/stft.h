#pragma once

#include "resonance/features/complex_fft.h"
#include "resonance/features/tile.h"

#include <cstdint>
#include <span>

namespace resonance::features {

/// Short-time power spectrum of a stream of samples: |librosa.stft(center=True, pad_mode="constant")|^2 times
/// kPowerScale, a tile at a time. Not thread-safe.
class Stft {
 public:
  /// Samples that push() takes at once, at most.
  static constexpr std::size_t kMaxPush = kTileFrames * kHopSamples;

  Stft();

  /// Call next() until it gives nothing before the next push().
  void push(std::span<const float> samples);
  /// No more samples: the frames that are left become ready.
  void finish();
  /// Ready for another signal.
  void reset();
  /// Writes the next frames to the first rows of a tile of frame rows.
  /// @return 0 while less than a tile is ready, else kTileFrames; after finish() the rest, down to 0
  std::size_t next(std::span<float> frame_rows);

 private:
  [[nodiscard]] std::int64_t frames_ready() const;

  ComplexFft fft_{kFftSize / 2};
  AlignedFloats twiddles_;
  AlignedFloats window_;
  AlignedFloats windowed_;
  AlignedFloats spectrum_;
  AlignedFloats samples_;  // from the first under the next frame's window on
  std::size_t held_ = 0;   // how many of them; before the first, the zeros that centre frame 0 on it
  std::int64_t pushed_ = 0;
  std::int64_t next_frame_ = 0;
  bool finished_ = false;
};

}  // namespace resonance::features
