#pragma once

#include "resonance/core/feature_block.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace resonance::cache {

/// Frames of a chunk, the unit of storing and of reading: one minute. A track's last chunk may be shorter.
inline constexpr std::size_t kChunkFrames = 3000;
/// No chunk is longer, however badly it compresses.
inline constexpr std::size_t kMaxChunkBytes = std::size_t{2} << 20U;

/// A run of at most kChunkFrames frames, without tempogram, as bytes:
///
///   magic "RFC1", T (4 bytes), index of the first frame (8 bytes), all little-endian; then one zstd frame
///   with checksum, of the planes log_mel low, high; chroma low, high; onset low, high (float16,
///   half_planes.h); loudness (float32, 4 byte planes from the lowest); pitch_peaks
///   (the same). T x 160, T x 24, T, T and 240 values.
///
/// Loudness spans more decades than float16 has, and pitch_peaks are sums: kept whole, the loudness and key
/// found from the cache are exactly those found from the audio.
/// @throws Error(invalid_argument) if the block's shapes do not agree, or a value is infinite or not a number
std::string encode_chunk(const FeatureBlock& block);

/// The frames that encode_chunk was given, rounded; the tempogram is empty. Safe on any bytes: never needs
/// more memory than a chunk of kChunkFrames frames.
/// @throws Error(corrupt_data) saying what is wrong, naming no file
FeatureBlock decode_chunk(std::string_view bytes);

}  // namespace resonance::cache
