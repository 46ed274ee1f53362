#include "resonance/features/stft.h"

#include "resonance/features/spectrum_kernels.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <numbers>

namespace resonance::features {
namespace {

constexpr std::size_t kHalf = kFftSize / 2;
// A tile's samples, less one that would complete it, what one push adds, and the padding at the end.
constexpr std::size_t kCapacity = (kTileFrames - 1) * kHopSamples + kFftSize + Stft::kMaxPush + kHalf;

}  // namespace

Stft::Stft()
    : twiddles_(kHalf), window_(kFftSize), windowed_(kFftSize), spectrum_(kFftSize + 2), samples_(kCapacity) {
  for (std::size_t i = 0; i < window_.size(); ++i) {
    const double hann = 0.5 - 0.5 * std::cos(2 * std::numbers::pi * static_cast<double>(i) / kFftSize);
    window_[i] = static_cast<float>(hann * kAmplitudeScale);
  }
  for (std::size_t k = 0; k < kHalf / 2; ++k) {
    const double angle = std::numbers::pi * static_cast<double>(k) / kHalf;
    twiddles_[k] = static_cast<float>(std::cos(angle));
    twiddles_[kHalf / 2 + k] = static_cast<float>(std::sin(angle));
  }
  reset();
}

void Stft::reset() {
  std::ranges::fill(std::span(samples_).first(kHalf), 0.0F);
  held_ = kHalf;
  pushed_ = 0;
  next_frame_ = 0;
  finished_ = false;
}

void Stft::push(std::span<const float> samples) {
  assert(samples.size() <= kMaxPush && held_ + samples.size() + kHalf <= kCapacity);
  std::ranges::copy(samples, samples_.begin() + static_cast<std::ptrdiff_t>(held_));
  held_ += samples.size();
  pushed_ += static_cast<std::int64_t>(samples.size());
}

void Stft::finish() {
  finished_ = true;
  std::ranges::fill(std::span(samples_).subspan(held_, kHalf), 0.0F);
  held_ += kHalf;
}

std::int64_t Stft::frames_ready() const {
  if (finished_) return frame_count(pushed_) - next_frame_;
  return held_ < kFftSize ? 0 : 1 + static_cast<std::int64_t>((held_ - kFftSize) / kHopSamples);
}

std::size_t Stft::next(std::span<float> frame_rows) {
  const auto ready = static_cast<std::size_t>(std::min<std::int64_t>(frames_ready(), kTileFrames));
  if (ready == 0 || (ready < kTileFrames && !finished_)) return 0;
  const std::span<const float> samples(samples_);
  for (std::size_t frame = 0; frame < ready; ++frame) {
    apply_window(samples.subspan(frame * kHopSamples, kFftSize), window_, windowed_);
    fft_.transform(windowed_, spectrum_);
    spectrum_[kFftSize] = spectrum_[0];
    spectrum_[kFftSize + 1] = spectrum_[1];
    split_real_power(spectrum_, twiddles_, frame_rows.subspan(frame * kRowStride, kBins));
  }
  const std::size_t used = std::min(ready * kHopSamples, held_);
  std::copy_n(samples_.begin() + static_cast<std::ptrdiff_t>(used), held_ - used, samples_.begin());
  held_ -= used;
  next_frame_ += static_cast<std::int64_t>(ready);
  return ready;
}

}  // namespace resonance::features
