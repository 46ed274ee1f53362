#include "resonance/features/tuning.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace resonance::features {
namespace {

constexpr double kLowestHz = 150;
constexpr double kHighestHz = 4000;
constexpr float kThreshold = 0.1F;  // of the frame's maximum
constexpr double kHzPerBin = static_cast<double>(kSampleRateHz) / kFftSize;
constexpr auto kFirstBin = static_cast<std::size_t>(kLowestHz / kHzPerBin) + 1;
constexpr auto kLastBin = static_cast<std::size_t>(kHighestHz / kHzPerBin);
constexpr std::size_t kClasses = 100;  // of one hundredth of a chroma bin

std::size_t deviation_class(float hz) {
  constexpr float kA0Hz = 27.5F;
  float deviation = kChromaBins * std::log2(hz / kA0Hz);
  deviation -= std::floor(deviation);
  if (deviation >= 0.5F) deviation -= 1;
  const double position = (static_cast<double>(deviation) + 0.5) * kClasses;
  return std::min(static_cast<std::size_t>(position), kClasses - 1);
}

}  // namespace

void TuningEstimator::push(std::span<const float> power, std::size_t frames) {
  std::array<float, kTileFrames> loudest{};
  for (std::size_t bin = 0; bin < kBins; ++bin) {
    const float* row = power.data() + bin * kTileFrames;
    for (std::size_t frame = 0; frame < kTileFrames; ++frame)
      loudest[frame] = std::max(loudest[frame], row[frame]);
  }
  for (std::size_t bin = kFirstBin; bin <= kLastBin; ++bin) {
    const float* row = power.data() + bin * kTileFrames;
    const float* below = row - kTileFrames;
    const float* above = row + kTileFrames;
    for (std::size_t frame = 0; frame < frames; ++frame) {
      const float peak = row[frame];
      const float reference = kThreshold * loudest[frame];
      if (!(peak > reference)) continue;
      // librosa looks for the maxima after it has zeroed what does not pass the threshold: the same, as
      // `peak` passes.
      if (!(peak > below[frame] && peak >= above[frame])) continue;
      const double curvature = static_cast<double>(above[frame]) + below[frame] - 2.0 * peak;
      const double slope = (static_cast<double>(above[frame]) - below[frame]) / 2;
      const double shift = std::abs(slope) >= std::abs(curvature) ? 0 : -slope / curvature;
      magnitudes_.push_back(peak + static_cast<float>(0.5 * slope * shift));
      const double hz = (static_cast<double>(bin) + shift) * kHzPerBin;
      classes_.push_back(static_cast<std::uint8_t>(deviation_class(static_cast<float>(hz))));
    }
  }
}

double TuningEstimator::estimate() const {
  if (magnitudes_.empty()) return 0;
  std::vector<float> sorted = magnitudes_;
  const auto middle = sorted.begin() + static_cast<std::ptrdiff_t>(sorted.size() / 2);
  std::ranges::nth_element(sorted, middle);
  float median = *middle;
  if (sorted.size() % 2 == 0) median = (median + *std::max_element(sorted.begin(), middle)) / 2;
  std::array<std::size_t, kClasses> counts{};
  for (std::size_t i = 0; i < classes_.size(); ++i) {
    if (magnitudes_[i] >= median) ++counts[classes_[i]];
  }
  const auto fullest = std::ranges::max_element(counts) - counts.begin();
  return static_cast<double>(fullest) / kClasses - 0.5;
}

}  // namespace resonance::features
