#pragma once

#include "resonance/core/feature_block.h"
#include "resonance/embedding/descriptor.h"
#include "resonance/embedding/model_contract.h"
#include "resonance/embedding/runnable_network.h"

#include <cstddef>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

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

/// Gets the descriptors of a track's segments in order, each as soon as it is known.
using SegmentSink = std::function<void(const Descriptor&)>;

/// A model: turns features into descriptors. Thread-safe: one embedder serves all workers.
class Embedder {
 public:
  virtual ~Embedder() = default;
  [[nodiscard]] virtual const ModelInfo& info() const = 0;
  /// @param segments  if there is one, the builder's push() and finish() also hand it the descriptors of the
  ///   track's segment_count(T) segments. Number i is what is heard in the 18 s from i * kSegmentHopFrames
  ///   on; a track shorter than a segment is repeated to fill one. Of a silent segment there is nothing to
  ///   say.
  [[nodiscard]] std::unique_ptr<DescriptorBuilder> begin_track(SegmentSink segments = {}) const {
    return make_builder(std::move(segments));
  }

 private:
  [[nodiscard]] virtual std::unique_ptr<DescriptorBuilder> make_builder(SegmentSink segments) const = 0;
};

inline constexpr std::string_view kStatisticsName = "statistics";

/// What the names of models end with that a network and `statistics` make together: their descriptors hold
/// the timbre, harmony and rhythm of `statistics`, and as `fused` kStyleDimensions values of the network.
inline constexpr std::string_view kBesideStatistics = "+statistics";
inline constexpr std::size_t kStyleDimensions = 128;

/// The model without learning: timbre, harmony and rhythm as TimbreStatistics, HarmonyStatistics and
/// RhythmStatistics define them. About 2.7 kB a track.
std::unique_ptr<Embedder> make_statistics_embedder();

/// A trained network in an ONNX file that carries a ModelContract. Inputs: `log_mel` B x T x 160, `chroma` B
/// x T x 24 and `tempogram` B x T x 320, as FeatureBlock has them, T >= kSegmentFrames. Outputs, for the S =
/// segment_count(T) segments: `embedding` B x S x 512 of unit length, `timbre`, `harmony` and `rhythm` B x S
/// x their dimensions, `gates` B x S x 3. A track's descriptor is the mean over its segments; a track shorter
/// than a segment is repeated to fill one. 1 to 2 kB a track. Its name is the contract's name and id, so that
/// models trained differently are not mistaken for each other. If the contract speaks of style, there is an
/// output `style` B x S x 128, and the model is one of kBesideStatistics: about 4.3 kB a track.
/// @throws Error as OnnxModel, read_contract
std::unique_ptr<Embedder> open_learned_embedder(const std::filesystem::path& file);

/// The same of a network that somebody else runs.
std::unique_ptr<Embedder> make_learned_embedder(std::unique_ptr<const RunnableNetwork> network,
                                                ModelContract contract);

}  // namespace resonance::embedding
