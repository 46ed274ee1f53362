#include "resonance/embedding/heard_bands.h"

#include <algorithm>

namespace resonance::embedding {
namespace {

constexpr std::size_t kBandsPooled = 4;
static_assert(kBandsPooled * kHeardBands <= kMelBands);
constexpr float kSilenceDb = -50;
constexpr float kDynamicsDb = 70;

}  // namespace

std::optional<HeardBands> heard_bands(std::span<const float> log_mel) {
  std::array<float, 4> largest{log_mel[0], log_mel[1], log_mel[2], log_mel[3]};
  for (std::size_t b = 4; b < kMelBands; b += 4) {
    for (std::size_t i = 0; i < 4; ++i) largest[i] = std::max(largest[i], log_mel[b + i]);
  }
  const float loudest = *std::max_element(largest.begin(), largest.end());
  if (!(loudest > kSilenceDb)) return std::nullopt;
  const float floor = loudest - kDynamicsDb;
  HeardBands bands{};
  for (std::size_t b = 0; b < kHeardBands; ++b) {
    float sum = 0;
    for (std::size_t i = 0; i < kBandsPooled; ++i) sum += std::max(log_mel[b * kBandsPooled + i], floor);
    bands[b] = sum / static_cast<float>(kBandsPooled);
  }
  return bands;
}

}  // namespace resonance::embedding
