#include "resonance/cache/chunk_builder.h"

#include "resonance/cache/feature_chunk.h"
#include "resonance/core/error.h"
#include "resonance/core/feature_contract.h"

#include <algorithm>
#include <cstddef>
#include <span>
#include <utility>

namespace resonance::cache {
namespace {

void copy_rows(std::span<const float> from, std::size_t first, std::size_t count, std::size_t cols,
               std::span<float> to, std::size_t place) {
  const std::span<const float> rows = from.subspan(first * cols, count * cols);
  std::copy(rows.begin(), rows.end(), to.subspan(place * cols).begin());
}

// Frames [first, first + count) of `from` over those of `to` from `place` on.
void copy_frames(const FeatureBlock& from, std::size_t first, std::size_t count, FeatureBlock& to,
                 std::size_t place) {
  copy_rows(from.log_mel.values(), first, count, kMelBands, to.log_mel.values(), place);
  copy_rows(from.chroma.values(), first, count, kChromaBins, to.chroma.values(), place);
  copy_rows(from.onset, first, count, 1, to.onset, place);
  copy_rows(from.loudness, first, count, 1, to.loudness, place);
}

FeatureBlock block_of(std::size_t frames) {
  FeatureBlock block;
  block.log_mel = Matrix(frames, kMelBands);
  block.chroma = Matrix(frames, kChromaBins);
  block.onset.resize(frames);
  block.loudness.resize(frames);
  block.pitch_peaks.resize(std::size_t{kPitchPeakHistograms} * kPitchPeakBins);
  return block;
}

}  // namespace

ChunkBuilder::ChunkBuilder(Sink sink) : sink_(std::move(sink)), pending_(block_of(kChunkFrames)) {}

void ChunkBuilder::require_whole() const {
  if (broken_)
    throw Error(ErrorCode::invalid_argument, "a track whose chunks could not be kept cannot go on");
}

void ChunkBuilder::push(const FeatureBlock& block) {
  require_whole();
  const std::size_t frames = block.frames();
  if (block.first_frame != frames_ || block.log_mel.rows() != frames || block.chroma.rows() != frames ||
      block.loudness.size() != frames || block.pitch_peaks.size() != pending_.pitch_peaks.size() ||
      (frames > 0 && block.log_mel.cols() != kMelBands) ||
      (frames > 0 && block.chroma.cols() != kChromaBins)) {
    throw Error(ErrorCode::invalid_argument,
                "a block of features that does not follow the last one cannot be kept");
  }
  for (std::size_t i = 0; i < block.pitch_peaks.size(); ++i) pending_.pitch_peaks[i] += block.pitch_peaks[i];
  for (std::size_t first = 0; first < frames;) {
    const std::size_t count = std::min(frames - first, kChunkFrames - filled_);
    copy_frames(block, first, count, pending_, filled_);
    first += count;
    filled_ += count;
    frames_ += static_cast<std::int64_t>(count);
    if (filled_ == kChunkFrames) flush();
  }
}

std::int64_t ChunkBuilder::finish() {
  require_whole();
  if (filled_ > 0) flush();
  return frames_;
}

void ChunkBuilder::flush() {
  const std::int64_t first_frame = frames_ - static_cast<std::int64_t>(filled_);
  if (filled_ < kChunkFrames) {
    FeatureBlock rest = block_of(filled_);
    copy_frames(pending_, 0, filled_, rest, 0);
    rest.pitch_peaks = pending_.pitch_peaks;
    pending_ = std::move(rest);
  }
  pending_.first_frame = first_frame;
  broken_ = true;  // unless the next line comes to its end
  sink_(encode_chunk(pending_));
  broken_ = false;
  std::ranges::fill(pending_.pitch_peaks, 0.0F);
  filled_ = 0;
}

}  // namespace resonance::cache
