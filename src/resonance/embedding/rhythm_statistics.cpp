#include "resonance/embedding/rhythm_statistics.h"

#include <algorithm>
#include <cmath>

namespace resonance::embedding {
namespace {

constexpr double kFirstLag = 6;    // 0.12 s
constexpr float kStrongOnset = 3;  // dB a frame

}  // namespace

RhythmStatistics::RhythmStatistics() : edges_(kLagBands + 1) {
  for (std::size_t i = 0; i <= kLagBands; ++i) {
    const double share = static_cast<double>(i) / kLagBands;
    edges_[i] =
        static_cast<std::size_t>(std::lround(kFirstLag * std::pow(kTempogramLags / kFirstLag, share)));
    if (i > 0) edges_[i] = std::max(edges_[i], edges_[i - 1] + 1);
  }
}

void RhythmStatistics::push(std::span<const float> tempogram, float onset) {
  ++frames_;
  onset_sum_ += onset;
  onset_squares_ += static_cast<double>(onset) * onset;
  if (onset > kStrongOnset) ++onsets_above_;
  if (!(tempogram[0] > 0)) return;
  ++beating_frames_;
  for (std::size_t i = 0; i < kLagBands; ++i) {
    float sum = 0;
    for (std::size_t lag = edges_[i]; lag < edges_[i + 1]; ++lag) sum += tempogram[lag];
    const double mean = sum / static_cast<float>(edges_[i + 1] - edges_[i]);
    sum_[i] += mean;
    squares_[i] += mean * mean;
  }
}

std::vector<float> RhythmStatistics::finish() const {
  if (beating_frames_ == 0) return std::vector<float>(kDimensions, 0.0F);
  std::vector<float> result;
  result.reserve(kDimensions);
  const auto beating = static_cast<double>(beating_frames_);
  for (const double value : sum_) result.push_back(static_cast<float>(value / beating));
  for (std::size_t i = 0; i < kLagBands; ++i) {
    const double mean = sum_[i] / beating;
    result.push_back(static_cast<float>(std::sqrt(std::max(squares_[i] / beating - mean * mean, 0.0))));
  }
  const auto frames = static_cast<double>(frames_);
  const double mean = onset_sum_ / frames;
  const double variance = std::max(onset_squares_ / frames - mean * mean, 0.0);
  result.push_back(static_cast<float>(std::log1p(mean)));
  result.push_back(static_cast<float>(std::log1p(std::sqrt(variance))));
  result.push_back(static_cast<float>(static_cast<double>(onsets_above_) / frames));
  return result;
}

}  // namespace resonance::embedding
