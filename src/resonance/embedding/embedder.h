#pragma once

#include "resonance/core/feature_block.h"
#include "resonance/embedding/descriptor.h"

#include <memory>
#include <string>
#include <string_view>

namespace resonance::embedding {

/// Identity and shape of a model, as catalogs record it.
struct ModelInfo {
  std::string name;         ///< e.g. "statistics"
  int version = 0;          ///< of the descriptor's definition
  int feature_version = 0;  ///< resonance::kFeatureVersion it was made for

  friend bool operator==(const ModelInfo&, const ModelInfo&) = default;
};

/// One track being listened to. Memory is bounded whatever its length. Not thread-safe.
class DescriptorBuilder {
 public:
  virtual ~DescriptorBuilder() = default;
  /// Takes the next frames, in order.
  virtual void push(const FeatureBlock& block) = 0;
  /// The descriptor of all frames pushed. Call once; at least one frame.
  virtual Descriptor finish() = 0;
};

/// A model: turns features into descriptors. Thread-safe: one embedder serves all workers.
class Embedder {
 public:
  virtual ~Embedder() = default;
  [[nodiscard]] virtual const ModelInfo& info() const = 0;
  [[nodiscard]] virtual std::unique_ptr<DescriptorBuilder> begin_track() const = 0;
};

inline constexpr std::string_view kStatisticsName = "statistics";

/// The model without learning: timbre, harmony and rhythm as TimbreStatistics, HarmonyStatistics and
/// RhythmStatistics define them. About 4.5 kB a track.
std::unique_ptr<Embedder> make_statistics_embedder();

}  // namespace resonance::embedding
