#pragma once

#include "resonance/cache/feature_cache.h"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace resonance::cache {

/// Features that look like music's: slowly moving decibels, chroma with a maximum of 1, sparse onsets.
FeatureBlock sample_features(std::size_t frames, std::uint32_t seed = 1, std::int64_t first_frame = 0);
ContentHash sample_hash(std::uint8_t number);

/// Writes `frames` frames in blocks of `block_frames`.
void write_track(FeatureCache& cache, const ContentHash& hash, const FeatureBlock& features,
                 std::size_t block_frames = 700);
/// All blocks of a track as one; zero frames if it is not there.
FeatureBlock read_track(const FeatureCache& cache, const ContentHash& hash);

/// As both backends keep them: float16, loudness whole.
bool equal_when_rounded(const FeatureBlock& kept, const FeatureBlock& original);

}  // namespace resonance::cache
