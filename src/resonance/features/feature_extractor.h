#pragma once

#include "resonance/core/feature_block.h"

#include <memory>
#include <optional>
#include <span>

namespace resonance::features {

/// All features of one track, streamed: samples in, frames out, in the memory of a short track whatever the
/// length.
///
/// The features are librosa's (0.10 and 0.11) with the numbers of core/feature_contract.h: see
/// ARCHITECTURE.md, "What is a frame?". Chroma needs the track's tuning, which is estimated from the first
/// five minutes: until then, or until finish(), no frame is given out.
///
/// Use: push() blocks of any size, after each take next() until it is empty; finish(), next() until empty;
/// then reset(), and the same for another track. Not thread-safe: one extractor a thread.
class FeatureExtractor {
 public:
  FeatureExtractor();
  ~FeatureExtractor();
  FeatureExtractor(FeatureExtractor&&) noexcept;
  FeatureExtractor& operator=(FeatureExtractor&&) noexcept;
  FeatureExtractor(const FeatureExtractor&) = delete;
  FeatureExtractor& operator=(const FeatureExtractor&) = delete;

  /// @param samples  mono, 44.1 kHz; finite
  void push(std::span<const float> samples);
  /// Says that there are no more samples. Call once.
  void finish();
  /// The next frames that are complete, at most 64 and in order; nothing until more are pushed.
  std::optional<FeatureBlock> next();
  /// Forgets the track, at whatever point, and keeps the memory and the tables: a fifth faster than a new
  /// extractor.
  void reset();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace resonance::features
