#pragma once

#include "resonance/core/feature_contract.h"

#include <array>
#include <cstddef>
#include <optional>
#include <span>

namespace resonance::embedding {

inline constexpr std::size_t kHeardBands = 28;      ///< up to 6.3 kHz
using HeardBands = std::array<float, kHeardBands>;  ///< dB

/// A frame as the statistics see it: every four of the first 112 of the 160 log-mel bands averaged, after
/// whatever lies more than 70 dB below the frame's loudest band was raised to there. A codec's low-pass is
/// not timbre: what lies above 6.3 kHz tells encodings apart before it tells music apart. Nothing for a frame
/// whose loudest band is below -50 dB (silence, about -85 dBFS).
std::optional<HeardBands> heard_bands(std::span<const float> log_mel);

}  // namespace resonance::embedding
