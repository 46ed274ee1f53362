#pragma once

#include <span>

namespace resonance::features {

/// Gated integrated loudness (ITU-R BS.1770-4): blocks of 400 ms every 100 ms, absolute gate at -70 LUFS,
/// relative gate 10 LU below the mean of what passes it.
/// @param frame_power  T K-weighted mean squares, one a frame (FeatureBlock::loudness)
/// @return LUFS, at least -70 (silence)
float gated_loudness_lufs(std::span<const float> frame_power);

}  // namespace resonance::features
