#pragma once

#include <cstddef>
#include <memory>
#include <span>

namespace resonance::features {

/// FFmpeg's real discrete Fourier transform (libavutil av_tx), not normalised. Buffers are AlignedFloats.
/// Not thread-safe: one object a thread.
class RealFft {
 public:
  enum class Direction { forward, inverse };

  /// @param size  samples, even
  RealFft(std::size_t size, Direction direction);
  ~RealFft();
  RealFft(RealFft&&) noexcept;
  RealFft& operator=(RealFft&&) noexcept;
  RealFft(const RealFft&) = delete;
  RealFft& operator=(const RealFft&) = delete;

  /// Forward: `size` samples to size + 2 floats (size / 2 + 1 complex values); inverse: the other way.
  /// The input is destroyed.
  void transform(std::span<float> in, std::span<float> out);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace resonance::features
