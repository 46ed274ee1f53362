#include "resonance/features/tempogram.h"

#include <algorithm>

namespace resonance::features {
namespace {

constexpr std::size_t kWindow = SlidingAutocorrelation::kWindow;
constexpr std::size_t kHalf = kWindow / 2;

}  // namespace

Matrix tempogram(std::span<const float> onset) {
  TempogramStream stream;
  stream.push(onset);
  stream.finish();
  Matrix rows(stream.ready(), kTempogramLags);
  stream.take(rows.values());
  return rows;
}

void TempogramStream::push(std::span<const float> onset) {
  if (onset.empty()) return;
  if (onset_.empty()) {
    onset_.push_back(0);  // before the first window
    for (std::size_t i = 0; i < kHalf; ++i) onset_.push_back(onset[0] * static_cast<double>(i) / kHalf);
  }
  onset_.insert(onset_.end(), onset.begin(), onset.end());
}

void TempogramStream::finish() {
  if (onset_.empty()) return;
  const double last = onset_.back();
  for (std::size_t i = kHalf - 1; i > 0; --i) onset_.push_back(last * static_cast<double>(i) / kHalf);
}

void TempogramStream::reset() {
  onset_.clear();
  autocorrelation_.reset();
}

std::size_t TempogramStream::ready() const noexcept {
  return onset_.size() <= kWindow ? 0 : onset_.size() - kWindow;
}

void TempogramStream::take(std::span<float> out) {
  const std::size_t frames = out.size() / kTempogramLags;
  autocorrelation_.process(std::span<const double>(onset_).first(frames + kWindow), out);
  onset_.erase(onset_.begin(), onset_.begin() + static_cast<std::ptrdiff_t>(frames));
}

}  // namespace resonance::features
