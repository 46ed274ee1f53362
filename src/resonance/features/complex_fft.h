#pragma once

#include <cstddef>
#include <memory>
#include <span>

namespace resonance::features {

/// FFmpeg's complex discrete Fourier transform (libavutil av_tx), forward, not normalised.
/// Not thread-safe: one object a thread.
class ComplexFft {
 public:
  explicit ComplexFft(std::size_t size);
  ~ComplexFft();
  ComplexFft(ComplexFft&&) noexcept;
  ComplexFft& operator=(ComplexFft&&) noexcept;
  ComplexFft(const ComplexFft&) = delete;
  ComplexFft& operator=(const ComplexFft&) = delete;

  /// @param in   `size` complex values, real and imaginary parts in turn, on a cache line; destroyed
  /// @param out  the same, not overlapping
  void transform(std::span<float> in, std::span<float> out);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace resonance::features
