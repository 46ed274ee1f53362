#pragma once

#include "resonance/features/tile.h"

#include <span>

namespace resonance::features {

/// Three consecutive tiles of frame rows; `current` is the one whose medians are wanted.
struct TileNeighbourhood {
  std::span<const float> previous;
  std::span<const float> current;
  std::span<const float> next;
};

/// Running median over 31 frames, per bin, of the sixteen frames of `current`.
/// @param medians  a tile of frame rows
void median_over_time(const TileNeighbourhood& tiles, std::span<float> medians);

/// Rows of the input of median_over_frequency(): 16 before bin 0, and enough after the last for whole blocks
/// of 16.
inline constexpr std::size_t kPaddedBinRows = 16 + kRowStride + 16;

/// Running median over 31 bins, per frame.
/// @param padded   kPaddedBinRows x kTileFrames: bin k at row 16 + k, 15 mirrored rows on each side
/// @param medians  a tile of bin rows
void median_over_frequency(std::span<const float> padded, std::span<float> medians);

/// What the two above must equal bit by bit: std::nth_element of each window. For tests.
namespace scalar {
void median_over_time(const TileNeighbourhood& tiles, std::span<float> medians);
void median_over_frequency(std::span<const float> padded, std::span<float> medians);
}  // namespace scalar

}  // namespace resonance::features
