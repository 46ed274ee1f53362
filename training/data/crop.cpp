#include "training/data/crop.h"

#include "resonance/core/feature_contract.h"
#include "resonance/embedding/float16.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "training/data/feature_encoding.h"
#include "training/data/tempogram_rows.h"

namespace resonance::training {
namespace {

std::int64_t scaled(std::size_t frames, double speed) {
  return std::max<std::int64_t>(1, std::llround(static_cast<double>(frames) * speed));
}

/// Where `length` frames around `middle` begin in a range; they begin with it if it is too short for them.
std::int64_t begin_around(std::int64_t middle, std::int64_t length, const FrameRange& range) {
  const std::int64_t latest = range.start + std::max<std::int64_t>(0, range.frames - length);
  return std::clamp(middle - length / 2, range.start, latest) - range.start;
}

}  // namespace

RawCrop cut_crop(const Excerpt& excerpt, std::int64_t start, const CropShape& shape, double speed) {
  RawCrop raw;
  const std::int64_t frames = scaled(shape.frames, speed);
  const std::int64_t from = begin_around(start + frames / 2, frames, excerpt.log_mel_range);
  raw.log_mel.reserve(static_cast<std::size_t>(frames) * kMelBands);
  for (std::int64_t i = 0; i < frames; ++i) {
    const auto row = static_cast<std::size_t>((from + i) % excerpt.log_mel_range.frames) * kMelBands;
    for (std::size_t band = 0; band < kMelBands; ++band) {
      raw.log_mel.push_back(log_mel_db(excerpt.log_mel[row + band]));
    }
  }
  const std::int64_t middle = excerpt.log_mel_range.start + from + frames / 2;

  const std::int64_t chroma_frames = scaled(shape.chroma_frames, speed);
  const std::int64_t chroma_from = begin_around(middle, chroma_frames, excerpt.chroma_range);
  raw.chroma.reserve(static_cast<std::size_t>(chroma_frames) * kChromaBins);
  for (std::int64_t i = 0; i < chroma_frames; ++i) {
    const auto row = static_cast<std::size_t>((chroma_from + i) % excerpt.chroma_range.frames) * kChromaBins;
    for (std::size_t bin = 0; bin < kChromaBins; ++bin) {
      raw.chroma.push_back(chroma_value(excerpt.chroma[row + bin]));
    }
  }

  const std::int64_t rhythm_frames = std::min(scaled(shape.rhythm_frames, speed), excerpt.onset_range.frames);
  const std::int64_t rhythm_from = begin_around(middle, rhythm_frames, excerpt.onset_range);
  constexpr std::int64_t kContext = kTempogramLags;  // more than half a window, also when it is stretched
  const std::int64_t first = std::max<std::int64_t>(0, rhythm_from - kContext);
  const std::int64_t last = std::min(excerpt.onset_range.frames, rhythm_from + rhythm_frames + kContext);
  for (std::int64_t i = first; i < last; ++i) {
    raw.onset.push_back(embedding::from_float16(excerpt.onset[static_cast<std::size_t>(i)]));
  }
  raw.onset_first = static_cast<std::size_t>(rhythm_from - first);
  return raw;
}

std::vector<float> resample_rows(const std::vector<float>& values, std::size_t columns, std::size_t rows) {
  const std::size_t have = values.size() / columns;
  if (have == rows) return values;
  std::vector<float> result(rows * columns);
  const double step = rows > 1 ? static_cast<double>(have - 1) / static_cast<double>(rows - 1) : 0;
  for (std::size_t row = 0; row < rows; ++row) {
    const double position = step * static_cast<double>(row);
    const auto low = std::min(static_cast<std::size_t>(position), have - 1);
    const std::size_t high = std::min(low + 1, have - 1);
    const auto share = static_cast<float>(position - static_cast<double>(low));
    for (std::size_t column = 0; column < columns; ++column) {
      const float a = values[low * columns + column];
      result[row * columns + column] = a + share * (values[high * columns + column] - a);
    }
  }
  return result;
}

Crop finish_crop(RawCrop raw, const CropShape& shape, double speed) {
  Crop crop;
  crop.log_mel = resample_rows(raw.log_mel, kMelBands, shape.frames);
  crop.chroma = resample_rows(raw.chroma, kChromaBins, shape.chroma_frames);
  const auto count = static_cast<std::size_t>(
      std::max<std::int64_t>(1, std::llround(static_cast<double>(raw.onset.size()) / speed)));
  const std::vector<float> onset = resample_rows(raw.onset, 1, count);
  const auto first = static_cast<std::size_t>(static_cast<double>(raw.onset_first) / speed);
  const std::size_t frames = std::min(shape.rhythm_frames, onset.size() - std::min(first, onset.size() - 1));
  crop.tempogram = tempogram_rows(onset, first, frames, shape.tempogram_rows);
  return crop;
}

}  // namespace resonance::training
