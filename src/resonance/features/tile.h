#pragma once

#include "resonance/core/feature_contract.h"
#include "resonance/features/aligned_vector.h"

#include <cstddef>

/// Frames are processed sixteen at a time: a tile. It exists in two layouts, named after what a row is:
///   frame rows  [kTileFrames][kRowStride]   one spectrum a row, zero beyond kSpectrumBins
///   bin rows    [kRowStride][kTileFrames]   one bin a row: the lanes of a vector are frames
/// Power is kept times kPowerScale, so that neither silence nor samples of 1e9 leave the range of a float.
namespace resonance::features {

inline constexpr std::size_t kTileFrames = 16;
inline constexpr std::size_t kBins = kSpectrumBins;
inline constexpr std::size_t kRowStride = (kBins + 15) / 16 * 16;
inline constexpr std::size_t kTileSize = kTileFrames * kRowStride;

inline constexpr float kAmplitudeScale = 65536.0F;
inline constexpr float kPowerScale = kAmplitudeScale * kAmplitudeScale;

}  // namespace resonance::features
