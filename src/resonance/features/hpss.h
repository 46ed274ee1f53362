#pragma once

#include "resonance/features/tile.h"

#include <array>
#include <cstdint>
#include <optional>
#include <span>

namespace resonance::features {

/// A tile split by HPSS. Power, as tiles of bin rows, of which the first `frames` columns and kBins rows
/// count.
struct HpssTile {
  std::int64_t first_frame;
  std::size_t frames;
  std::span<const float> power;
  std::span<const float> harmonic;
  std::span<const float> percussive;
};

/// Harmonic-percussive separation of a stream of spectra (librosa.decompose.hpss: kernel 31, power 2, margin
/// 1). Medians are taken of the power, whose order is the magnitude's; both ends of both axes are mirrored,
/// as scipy.ndimage does. A tile comes out once the next one is in. Not thread-safe. Source: Fitzgerald 2010,
/// "Harmonic/percussive separation using median filtering".
class Hpss {
 public:
  Hpss();

  /// Where the next tile of frame rows is to be written.
  std::span<float> input() { return tiles_[2]; }
  /// The tile in input() has `frames` frames; fewer than kTileFrames only for the last.
  /// @return the tile before it, if there is one; its spans are valid until the next call
  std::optional<HpssTile> accept(std::size_t frames);
  /// No more tiles. @return the last tile, if there is one
  std::optional<HpssTile> finish();

 private:
  [[nodiscard]] std::span<float> row_of(std::int64_t frame);
  void copy_mirrored(std::int64_t frame);
  HpssTile separate(std::size_t frames);

  std::array<AlignedFloats, 3> tiles_;  // previous, current, next, as frame rows
  std::int64_t frames_ = 0;             // accepted
  std::size_t frames_in_current_ = 0;
  std::int64_t first_of_next_ = 0;
  AlignedFloats median_over_time_;
  AlignedFloats padded_power_;
  AlignedFloats harmonic_;
  AlignedFloats percussive_;
};

}  // namespace resonance::features
