#include "resonance/features/stft.h"

#include "resonance/features/spectrum_kernels.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace resonance::features {

Stft::Stft()
    : fft_(kFftSize, RealFft::Direction::forward),
      window_(kFftSize),
      windowed_(kFftSize),
      spectrum_(kFftSize + 2),
      samples_(kFftSize / 2) {
  for (std::size_t i = 0; i < window_.size(); ++i) {
    const double hann = 0.5 - 0.5 * std::cos(2 * std::numbers::pi * static_cast<double>(i) / kFftSize);
    window_[i] = static_cast<float>(hann * kAmplitudeScale);
  }
}

void Stft::push(std::span<const float> samples) {
  samples_.insert(samples_.end(), samples.begin(), samples.end());
  pushed_ += static_cast<std::int64_t>(samples.size());
}

void Stft::finish() {
  finished_ = true;
  samples_.resize(samples_.size() + kFftSize / 2);
}

std::int64_t Stft::frames_ready() const {
  if (finished_) return frame_count(pushed_) - next_frame_;
  if (samples_.size() < kFftSize) return 0;
  return 1 + static_cast<std::int64_t>((samples_.size() - kFftSize) / kHopSamples);
}

std::size_t Stft::next(std::span<float> frame_rows) {
  const auto ready = static_cast<std::size_t>(std::min<std::int64_t>(frames_ready(), kTileFrames));
  if (ready == 0 || (ready < kTileFrames && !finished_)) return 0;
  const std::span<const float> samples(samples_);
  for (std::size_t frame = 0; frame < ready; ++frame) {
    apply_window(samples.subspan(frame * kHopSamples, kFftSize), window_, windowed_);
    fft_.transform(windowed_, spectrum_);
    squared_magnitude(spectrum_, frame_rows.subspan(frame * kRowStride, kBins));
  }
  samples_.erase(samples_.begin(), samples_.begin() + static_cast<std::ptrdiff_t>(ready * kHopSamples));
  next_frame_ += static_cast<std::int64_t>(ready);
  return ready;
}

}  // namespace resonance::features
