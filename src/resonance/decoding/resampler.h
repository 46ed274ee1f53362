#pragma once

#include "resonance/decoding/ffmpeg.h"

#include <cstdint>
#include <span>
#include <vector>

namespace resonance::decoding {

/// FFmpeg's windowed-sinc filter; the defaults are FFmpeg's own.
struct ResamplerFilter {
  int taps = 32;         ///< at the lower of the two rates
  double cutoff = 0.97;  ///< where it lets half through, as a share of half the lower rate
};

/// Streaming conversion of interleaved float samples from one rate to another, without delay: the first
/// output sample lies at the time of the first input sample.
class Resampler {
 public:
  Resampler(int input_rate_hz, int output_rate_hz, int channels, const ResamplerFilter& filter = {});

  /// What is ready after `samples`; the filter keeps some until later. Valid until the next call.
  std::span<const float> resample(std::span<const float> samples);
  /// What the filter still holds. Call once, last.
  std::span<const float> flush();

  [[nodiscard]] int input_rate_hz() const noexcept { return input_rate_hz_; }

 private:
  std::span<const float> convert(const float* samples, int count);
  std::span<const float> pad_short_input();

  ResampleContext context_;
  std::vector<float> output_;
  int input_rate_hz_;
  int output_rate_hz_;
  int channels_;
  std::int64_t frames_in_ = 0;
  std::int64_t frames_out_ = 0;
};

}  // namespace resonance::decoding
