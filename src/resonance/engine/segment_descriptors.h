#pragma once

#include "resonance/core/feature_block.h"
#include "resonance/embedding/embedder.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

namespace resonance::engine {

/// How a track is cut into pieces that are heard by themselves.
struct SegmentPlan {
  double length_s = 18;
  double hop_s = 4;
};

/// What a model says of each segment of a track, as if it were a recording of its own. Segments begin every
/// hop while a whole one fits. In the memory of one block and the models' own. Not thread-safe.
class SegmentDescriptors {
 public:
  /// @throws Error(invalid_argument) unless length and hop are at least a frame
  SegmentDescriptors(const embedding::Embedder& embedder, const SegmentPlan& plan);

  /// Takes the next frames, in order.
  void push(const FeatureBlock& block);
  /// Of the segments that are complete; number i begins at i * plan.hop_s.
  [[nodiscard]] std::vector<embedding::Descriptor> finish();

 private:
  struct Open {
    std::int64_t first_frame = 0;
    std::unique_ptr<embedding::DescriptorBuilder> builder;
  };

  const embedding::Embedder& embedder_;
  std::int64_t length_frames_;
  std::int64_t hop_frames_;
  std::int64_t next_start_ = 0;
  std::vector<Open> open_;  // in order of start
  std::vector<embedding::Descriptor> done_;
};

/// Rows [first, first + count) of a block; its histograms of pitch peaks, which are sums, are left out.
FeatureBlock rows_of(const FeatureBlock& block, std::size_t first, std::size_t count);

}  // namespace resonance::engine
