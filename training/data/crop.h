#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "training/data/feature_set.h"

namespace resonance::training {

/// Lengths of what is cut out of a track for one training example. Harmony and rhythm may look at more of the
/// track than timbre: they need it, and cost little.
struct CropShape {
  std::size_t frames = 150;  ///< of log-mel
  std::size_t chroma_frames = 600;
  std::size_t rhythm_frames = 450;  ///< what the tempogram's rows are spread over
  std::size_t tempogram_rows = 6;
};

/// The network's input for one example.
struct Crop {
  std::vector<float> log_mel;    ///< T x 160, dB
  std::vector<float> chroma;     ///< T' x 24
  std::vector<float> tempogram;  ///< R x 320
};

/// Features cut out of a track, not yet a crop: more frames than the shape's where the crop will be
/// stretched.
struct RawCrop {
  std::vector<float> log_mel;   ///< rows x 160
  std::vector<float> chroma;    ///< rows x 24
  std::vector<float> onset;     ///< with context around
  std::size_t onset_first = 0;  ///< where the frames begin that rhythm is about
};

/// Cuts out what is heard from `start` on, `speed` times as fast: `speed` x frames frames. Chroma and onsets
/// lie around the same middle; where an excerpt is too short for them it is repeated.
/// @param start  frame of the track; moved so that log-mel lies inside of the excerpt
RawCrop cut_crop(const Excerpt& excerpt, std::int64_t start, const CropShape& shape, double speed);

/// The crop of what was cut, each part brought to its length by linear interpolation along time.
Crop finish_crop(RawCrop raw, const CropShape& shape, double speed);

/// Rows of `columns` values brought to another number of rows by linear interpolation.
std::vector<float> resample_rows(const std::vector<float>& values, std::size_t columns, std::size_t rows);

}  // namespace resonance::training
