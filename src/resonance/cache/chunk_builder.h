#pragma once

#include "resonance/core/feature_block.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>

namespace resonance::cache {

/// Cuts a track's blocks, of any lengths, into encoded chunks, so that equal features make equal chunks.
/// Only a block's pitch_peaks cannot be cut: they go to the chunk of its first frame, and their sum over a
/// track is kept. Holds at most one chunk. Not thread-safe.
class ChunkBuilder {
 public:
  /// Receives the chunks in order.
  using Sink = std::function<void(std::string)>;
  explicit ChunkBuilder(Sink sink);

  /// @throws Error(invalid_argument) if frames are missing or twice, or as encode_chunk; and what the sink
  /// throws
  void push(const FeatureBlock& block);
  /// Gives out the rest; call once, last. @return the track's frames
  std::int64_t finish();

 private:
  void require_whole() const;
  void flush();

  Sink sink_;
  FeatureBlock pending_;    // room for kChunkFrames
  std::size_t filled_ = 0;  // frames of pending_ in use
  std::int64_t frames_ = 0;
  bool broken_ = false;
};

}  // namespace resonance::cache
