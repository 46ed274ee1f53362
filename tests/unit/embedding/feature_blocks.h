#pragma once

#include "resonance/core/feature_block.h"
#include "resonance/core/feature_contract.h"
#include "resonance/embedding/embedder.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <random>
#include <vector>

namespace resonance::testing {

/// A block of `frames` frames with nothing in it: silence as `features` reports it.
inline FeatureBlock silent_block(std::size_t frames) {
  FeatureBlock block{.first_frame = 0,
                     .log_mel = Matrix(frames, kMelBands),
                     .chroma = Matrix(frames, kChromaBins),
                     .onset = std::vector<float>(frames),
                     .loudness = std::vector<float>(frames),
                     .tempogram = Matrix(frames, kTempogramLags)};
  for (float& value : block.log_mel.values()) value = -100;
  return block;
}

/// Random features in the ranges of real ones; the same seed gives the same frames.
inline FeatureBlock random_block(std::size_t frames, std::uint32_t seed) {
  FeatureBlock block = silent_block(frames);
  std::mt19937 random(seed);
  std::uniform_real_distribution<float> unit(0, 1);
  for (std::size_t t = 0; t < frames; ++t) {
    for (float& value : block.log_mel.row(t)) value = -60 + 70 * unit(random);
    for (float& value : block.chroma.row(t)) value = unit(random);
    block.chroma(t, random() % kChromaBins) = 1;
    block.onset[t] = 4 * unit(random);
    block.loudness[t] = unit(random);
    for (float& value : block.tempogram.row(t)) value = unit(random);
    block.tempogram(t, 0) = 1;
  }
  return block;
}

/// Rows [first, first + frames) of a block.
inline FeatureBlock rows_of(const FeatureBlock& block, std::size_t first, std::size_t frames) {
  FeatureBlock part = silent_block(frames);
  part.first_frame = block.first_frame + static_cast<std::int64_t>(first);
  for (std::size_t t = 0; t < frames; ++t) {
    const auto copy = [&](const Matrix& from, Matrix& to) {
      std::copy(from.row(first + t).begin(), from.row(first + t).end(), to.row(t).begin());
    };
    copy(block.log_mel, part.log_mel);
    copy(block.chroma, part.chroma);
    copy(block.tempogram, part.tempogram);
    part.onset[t] = block.onset[first + t];
    part.loudness[t] = block.loudness[first + t];
  }
  return part;
}

/// A block repeated until it has `frames`.
inline FeatureBlock repeated(const FeatureBlock& block, std::size_t frames) {
  FeatureBlock longer = silent_block(frames);
  for (std::size_t t = 0; t < frames; ++t) {
    const std::size_t from = t % block.frames();
    const auto copy = [&](const Matrix& rows, Matrix& to) {
      std::copy(rows.row(from).begin(), rows.row(from).end(), to.row(t).begin());
    };
    copy(block.log_mel, longer.log_mel);
    copy(block.chroma, longer.chroma);
    copy(block.tempogram, longer.tempogram);
    longer.onset[t] = block.onset[from];
    longer.loudness[t] = block.loudness[from];
  }
  return longer;
}

/// The descriptors of a block's segments, pushed in pieces of `step` frames.
inline std::vector<embedding::Descriptor> segments_of(const embedding::Embedder& embedder,
                                                      const FeatureBlock& block, std::size_t step) {
  std::vector<embedding::Descriptor> found;
  const auto builder =
      embedder.begin_track([&](const embedding::Descriptor& descriptor) { found.push_back(descriptor); });
  for (std::size_t at = 0; at < block.frames(); at += step) {
    builder->push(rows_of(block, at, std::min(step, block.frames() - at)));
  }
  (void)builder->finish();
  return found;
}

/// The statistics descriptor of one block pushed whole.
inline embedding::Descriptor describe(const FeatureBlock& block) {
  const auto builder = embedding::make_statistics_embedder()->begin_track();
  builder->push(block);
  return builder->finish();
}

}  // namespace resonance::testing
