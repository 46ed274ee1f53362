#pragma once

#include "resonance/core/feature_block.h"
#include "resonance/features/tempogram.h"

#include <deque>
#include <optional>

namespace resonance::features {

/// Gives blocks that were kept without their tempogram (cache::FeatureCache) the tempogram back: it follows
/// from the onset strength. Blocks come out as they went in, up to 160 frames later. Not thread-safe.
class TempogramCompleter {
 public:
  /// The next frames, in order; an existing tempogram is replaced.
  void push(FeatureBlock block);
  /// Says that there are no more. Call once.
  void finish();
  /// The next block that is complete; nothing until more are pushed.
  std::optional<FeatureBlock> next();

 private:
  TempogramStream stream_;
  std::deque<FeatureBlock> waiting_;
};

}  // namespace resonance::features
