#include "resonance/features/gated_loudness.h"

#include "resonance/core/feature_contract.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <numeric>
#include <vector>

namespace resonance::features {
namespace {

constexpr std::size_t kBlockFrames = kFramesPerSecond * 4 / 10;
constexpr std::size_t kBlockHopFrames = kFramesPerSecond / 10;
constexpr double kAbsoluteGateLufs = -70;
constexpr double kRelativeGateLu = -10;

double lufs_of(double power) { return -0.691 + 10 * std::log10(std::max(power, 1e-12)); }

double mean_above(const std::vector<double>& blocks, double gate_lufs) {
  double sum = 0;
  std::size_t count = 0;
  for (const double power : blocks) {
    if (lufs_of(power) <= gate_lufs) continue;
    sum += power;
    ++count;
  }
  return count == 0 ? 0 : sum / static_cast<double>(count);
}

}  // namespace

float gated_loudness_lufs(std::span<const float> frame_power) {
  std::vector<double> blocks;
  const std::size_t block = std::min(kBlockFrames, frame_power.size());
  for (std::size_t start = 0; block > 0 && start + block <= frame_power.size(); start += kBlockHopFrames) {
    const auto frames = frame_power.subspan(start, block);
    blocks.push_back(std::accumulate(frames.begin(), frames.end(), 0.0) / static_cast<double>(block));
  }
  const double ungated = mean_above(blocks, kAbsoluteGateLufs);
  if (ungated <= 0) return static_cast<float>(kAbsoluteGateLufs);
  const double gate = std::max(kAbsoluteGateLufs, lufs_of(ungated) + kRelativeGateLu);
  return static_cast<float>(std::max(kAbsoluteGateLufs, lufs_of(mean_above(blocks, gate))));
}

}  // namespace resonance::features
