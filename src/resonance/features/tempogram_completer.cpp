#include "resonance/features/tempogram_completer.h"

#include "resonance/core/feature_contract.h"

#include <utility>

namespace resonance::features {

void TempogramCompleter::push(FeatureBlock block) {
  stream_.push(block.onset);
  waiting_.push_back(std::move(block));
}

void TempogramCompleter::finish() { stream_.finish(); }

std::optional<FeatureBlock> TempogramCompleter::next() {
  if (waiting_.empty() || stream_.ready() < waiting_.front().frames()) return std::nullopt;
  FeatureBlock block = std::move(waiting_.front());
  waiting_.pop_front();
  block.tempogram = Matrix(block.frames(), kTempogramLags);
  stream_.take(block.tempogram.values());
  return block;
}

}  // namespace resonance::features
