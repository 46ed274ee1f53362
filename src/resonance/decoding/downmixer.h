#pragma once

#include "resonance/audio/audio_file.h"
#include "resonance/decoding/ffmpeg.h"

#include <cstdint>
#include <span>
#include <vector>

namespace resonance::decoding {

/// Turns decoded frames of any sample format and channel count into float32 mono or interleaved stereo, at
/// their own rate. Integer formats scale to [-1, 1]. NaN and infinite samples count as 0 and are counted.
///
/// Mono is the mean of all channels. Stereo passes two channels on, doubles one, and otherwise weighs left,
/// right and common channels (front 1, others sqrt(1/2)), with weights that sum to 1 a side so that nothing
/// can clip.
class Downmixer {
 public:
  explicit Downmixer(audio::ChannelLayout output) : output_(output) {}

  /// Samples [first, first + count) of `frame`. Valid until the next call.
  std::span<const float> mix(const AVFrame& frame, int first, int count);

  [[nodiscard]] std::int64_t invalid_samples() const noexcept { return invalid_samples_; }

 private:
  void mix_any(const AVFrame& frame, int first, int count);

  audio::ChannelLayout output_;
  std::vector<float> mixed_;
  std::vector<float> channel_;
  std::int64_t invalid_samples_ = 0;
};

}  // namespace resonance::decoding
