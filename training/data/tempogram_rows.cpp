#include "training/data/tempogram_rows.h"

#include "resonance/core/feature_contract.h"

#include <array>
#include <cmath>
#include <numbers>

namespace resonance::training {
namespace {

constexpr int kWindow = kTempogramLags;
constexpr int kHalf = kWindow / 2;

std::array<float, kWindow> hann_window() {
  std::array<float, kWindow> window{};
  for (int i = 0; i < kWindow; ++i) {
    window[static_cast<std::size_t>(i)] =
        static_cast<float>(0.5 - 0.5 * std::cos(2 * std::numbers::pi * static_cast<double>(i) / kWindow));
  }
  return window;
}

/// The envelope with the ramps that librosa puts before and after it.
float ramped(std::span<const float> onset, std::ptrdiff_t at) {
  const auto count = static_cast<std::ptrdiff_t>(onset.size());
  if (at >= 0 && at < count) return onset[static_cast<std::size_t>(at)];
  const std::ptrdiff_t beyond = at < 0 ? -at : at - count + 1;
  if (beyond > kHalf || count == 0) return 0;
  const float edge = at < 0 ? onset.front() : onset.back();
  return edge * static_cast<float>(kHalf - beyond) / kHalf;
}

}  // namespace

std::vector<float> tempogram_rows(std::span<const float> onset, std::size_t first, std::size_t frames,
                                  std::size_t rows) {
  static const std::array<float, kWindow> kHann = hann_window();
  std::vector<float> result(rows * kWindow, 0.0F);
  std::array<float, kWindow> windowed{};
  for (std::size_t row = 0; row < rows; ++row) {
    const std::size_t centre = first + (2 * row + 1) * frames / (2 * rows);
    const std::ptrdiff_t begin = static_cast<std::ptrdiff_t>(centre) - kHalf;
    for (std::size_t i = 0; i < kWindow; ++i) {
      windowed[i] = kHann[i] * ramped(onset, begin + static_cast<std::ptrdiff_t>(i));
    }
    float* sums = result.data() + row * kWindow;
    for (std::size_t n = 0; n < kWindow; ++n) {
      const float value = windowed[n];
      if (value == 0) continue;
      const float* partner = windowed.data() + n;
      for (std::size_t lag = 0; lag < kWindow - n; ++lag) sums[lag] += value * partner[lag];
    }
    const float energy = sums[0];
    for (std::size_t lag = 0; lag < kWindow; ++lag) sums[lag] = energy > 0 ? sums[lag] / energy : 0;
  }
  return result;
}

}  // namespace resonance::training
