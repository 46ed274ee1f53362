#pragma once

#include "resonance/core/feature_contract.h"

#include <array>
#include <cstddef>
#include <optional>
#include <span>

namespace resonance::embedding {

inline constexpr std::size_t kHeardBands = 40;
using HeardBands = std::array<float, kHeardBands>;  ///< dB

/// A frame as the statistics see it: every four of the 160 log-mel bands averaged, after whatever lies more
/// than 70 dB below the frame's loudest band was raised to there, because a codec's low-pass is not timbre.
/// Nothing for a frame whose loudest band is below -50 dB (silence, about -85 dBFS).
std::optional<HeardBands> heard_bands(std::span<const float> log_mel);

}  // namespace resonance::embedding
