#include "resonance/engine/segment_descriptors.h"

#include "resonance/core/error.h"
#include "resonance/core/feature_contract.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace resonance::engine {
namespace {

std::int64_t frames_in(double seconds, const char* what) {
  const double frames = std::round(seconds * kFramesPerSecond);
  if (!(frames >= 1 && frames <= 1e9)) {
    throw Error(ErrorCode::invalid_argument, std::string("the ") + what + " of segments is at least 0.02 s");
  }
  return static_cast<std::int64_t>(frames);
}

Matrix rows_of(const Matrix& matrix, std::size_t first, std::size_t count) {
  if (matrix.empty()) return {};
  Matrix part(count, matrix.cols());
  const auto from = matrix.values().subspan(first * matrix.cols(), count * matrix.cols());
  std::copy(from.begin(), from.end(), part.values().begin());
  return part;
}

std::vector<float> values_of(const std::vector<float>& values, std::size_t first, std::size_t count) {
  const auto from = values.begin() + static_cast<std::ptrdiff_t>(first);
  return {from, from + static_cast<std::ptrdiff_t>(count)};
}

}  // namespace

FeatureBlock rows_of(const FeatureBlock& block, std::size_t first, std::size_t count) {
  return {.first_frame = block.first_frame + static_cast<std::int64_t>(first),
          .log_mel = rows_of(block.log_mel, first, count),
          .chroma = rows_of(block.chroma, first, count),
          .onset = values_of(block.onset, first, count),
          .loudness = values_of(block.loudness, first, count),
          .tempogram = rows_of(block.tempogram, first, count)};
}

SegmentDescriptors::SegmentDescriptors(const embedding::Embedder& embedder, const SegmentPlan& plan)
    : embedder_(embedder),
      length_frames_(frames_in(plan.length_s, "length")),
      hop_frames_(frames_in(plan.hop_s, "hop")) {}

void SegmentDescriptors::push(const FeatureBlock& block) {
  const std::int64_t begin = block.first_frame;
  const std::int64_t end = begin + static_cast<std::int64_t>(block.frames());
  for (; next_start_ < end; next_start_ += hop_frames_)
    open_.push_back({next_start_, embedder_.begin_track()});
  for (Open& segment : open_) {
    const std::int64_t from = std::max(begin, segment.first_frame);
    const std::int64_t to = std::min(end, segment.first_frame + length_frames_);
    if (from < to) {
      segment.builder->push(
          rows_of(block, static_cast<std::size_t>(from - begin), static_cast<std::size_t>(to - from)));
    }
    if (to == segment.first_frame + length_frames_) {
      done_.push_back(segment.builder->finish());
      segment.builder.reset();
    }
  }
  std::erase_if(open_, [](const Open& segment) { return segment.builder == nullptr; });
}

std::vector<embedding::Descriptor> SegmentDescriptors::finish() {
  open_.clear();
  return std::move(done_);
}

}  // namespace resonance::engine
