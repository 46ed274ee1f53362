#include "resonance/features/tempogram.h"

#include "resonance/features/spectrum_kernels.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace resonance::features {
namespace {

constexpr std::size_t kWindow = kTempogramLags;
constexpr std::size_t kHalf = kWindow / 2;
constexpr std::size_t kFft = 1024;  // at least 2 * kWindow - 1, so that lags do not wrap around

}  // namespace

Matrix tempogram(std::span<const float> onset) {
  TempogramStream stream;
  stream.push(onset);
  stream.finish();
  Matrix rows(stream.ready(), kTempogramLags);
  stream.take(rows.values());
  return rows;
}

TempogramStream::TempogramStream()
    : forward_(kFft, RealFft::Direction::forward),
      inverse_(kFft, RealFft::Direction::inverse),
      window_(kWindow),
      samples_(kFft),
      spectrum_(kFft + 2) {
  for (std::size_t i = 0; i < kWindow; ++i) {
    window_[i] =
        static_cast<float>(0.5 - 0.5 * std::cos(2 * std::numbers::pi * static_cast<double>(i) / kWindow));
  }
}

void TempogramStream::push(std::span<const float> onset) {
  if (onset.empty()) return;
  if (!started_) {
    started_ = true;
    for (std::size_t i = 0; i < kHalf; ++i) onset_.push_back(onset[0] * static_cast<float>(i) / kHalf);
  }
  onset_.insert(onset_.end(), onset.begin(), onset.end());
}

void TempogramStream::finish() {
  if (!started_) return;
  const float last = onset_.back();
  for (std::size_t i = kHalf - 1; i > 0; --i) onset_.push_back(last * static_cast<float>(i) / kHalf);
}

std::size_t TempogramStream::ready() const noexcept {
  return onset_.size() < kWindow ? 0 : onset_.size() - kWindow + 1;
}

void TempogramStream::take(std::span<float> out) {
  const std::size_t frames = out.size() / kTempogramLags;
  for (std::size_t frame = 0; frame < frames; ++frame) {
    autocorrelate(std::span<const float>(onset_).subspan(frame, kWindow),
                  out.subspan(frame * kTempogramLags, kTempogramLags));
  }
  onset_.erase(onset_.begin(), onset_.begin() + static_cast<std::ptrdiff_t>(frames));
}

// Wiener-Khinchin: the inverse transform of the power spectrum.
void TempogramStream::autocorrelate(std::span<const float> onset, std::span<float> out) {
  const float loudest = std::ranges::max(onset);
  if (loudest <= 0) {
    std::ranges::fill(out, 0.0F);
    return;
  }
  std::ranges::fill(samples_, 0.0F);
  for (std::size_t i = 0; i < kWindow; ++i) samples_[i] = onset[i] * window_[i] / loudest;
  forward_.transform(samples_, spectrum_);
  for (std::size_t i = 0; i < spectrum_.size(); i += 2) {
    spectrum_[i] = spectrum_[i] * spectrum_[i] + spectrum_[i + 1] * spectrum_[i + 1];
    spectrum_[i + 1] = 0;
  }
  inverse_.transform(spectrum_, samples_);
  const float strongest = samples_[0];  // no lag's is larger
  const float gain = strongest > 0 ? 1 / strongest : 0;
  for (std::size_t i = 0; i < kWindow; ++i) out[i] = std::max(0.0F, samples_[i] * gain);
}

}  // namespace resonance::features
