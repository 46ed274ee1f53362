#pragma once

#include "resonance/features/tile.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <span>
#include <vector>

namespace resonance::features {

/// Histograms of the peaks of a stream of spectra over the octave (FeatureBlock::pitch_peaks). Peaks are
/// local maxima of the magnitude above 5 % of the frame's largest, both below 5.6 kHz, interpolated by a
/// parabola (librosa.piptrack; Smith & Serra 1987). A frame's values are rounded to multiples of 2^-12: then
/// sums of at most 4096 frames are exact, and so the same whatever the blocks. Frames wait in a form of some
/// 100 bytes each. Not thread-safe.
class PitchPeaks {
 public:
  /// @param power  a tile of bin rows, of which the first `frames` columns count
  void push(std::span<const float> power, std::size_t frames);
  /// Sums over the oldest frames that have not been taken.
  /// @param frames  at most 4096 and at most those pushed
  /// @return kPitchPeakHistograms x kPitchPeakBins
  std::vector<float> take(std::size_t frames);

 private:
  struct Peak {
    std::uint8_t pitch;
    float amplitude;
    float low;  // root of the amplitude, 0 from 1 kHz on
  };
  struct Entry {
    std::uint8_t pitch;
    std::uint16_t all;  // both times 2^-12
    std::uint16_t low;
  };

  void add_peak(std::size_t frame, std::size_t bin, float below, float peak, float above);
  void keep(const std::vector<Peak>& peaks);

  std::array<std::vector<Peak>, kTileFrames> peaks_;  // of the tile at hand
  std::array<float, kPitchPeakBins> all_{};           // of a frame; all 0 between frames
  std::array<float, kPitchPeakBins> low_{};
  std::deque<Entry> entries_;  // of the frames not taken
  std::deque<std::uint8_t> entries_per_frame_;
};

}  // namespace resonance::features
