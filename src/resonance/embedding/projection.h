#pragma once

#include "resonance/embedding/descriptor.h"
#include "resonance/embedding/embedder.h"
#include "resonance/embedding/whitening.h"

#include <array>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace resonance::embedding {

/// What each part counts for in the similarity of two tracks; they sum to 1.
struct PartWeights {
  float timbre = 0;
  float harmony = 0;
  float rhythm = 0;
};

/// How descriptors of one library become embeddings, so that the inner product of two fused embeddings is the
/// weighted sum of the modalities' inner products. For `statistics`: standardisation and whitening (PCA with
/// shrinkage) fitted on the library for each modality, then a weighted concatenation of 512 dimensions. For
/// learned models, whose descriptors are embeddings already: the library's mean is subtracted, shrunk towards
/// none for small libraries, which spreads out what a library's tracks have in common. For a network beside
/// `statistics` (kBesideStatistics): the parts as for `statistics`, with fewer dimensions, and what the
/// network says, centred, as the second half of timbre. Immutable; thread-safe.
class Projection {
 public:
  /// Fits on the descriptors of a library, or of a sample of it. Deterministic. N >= 1; works for very small
  /// N by shrinking towards a built-in prior.
  /// @throws Error(invalid_argument) for no descriptor or differing dimensions
  static Projection fit(const ModelInfo& model, std::span<const Descriptor> descriptors);

  /// @throws Error(invalid_argument) unless the descriptor has the dimensions of those it was fitted on
  [[nodiscard]] Embedding project(const Descriptor& descriptor) const;
  /// Of the descriptors it projects: timbre, harmony, rhythm.
  [[nodiscard]] std::array<std::size_t, 3> input_dimensions() const;
  /// Of the embeddings' parts, timbre, harmony, rhythm, in the order in which `fused` has them if it is made
  /// of them.
  [[nodiscard]] std::array<std::size_t, 3> output_dimensions() const;
  /// Of models whose fused embedding is made of parts, for tracks with all three parts: <a.fused, b.fused> =
  /// w.timbre <a.timbre, b.timbre> + w.harmony <a.harmony, b.harmony> + w.rhythm <a.rhythm, b.rhythm>;
  /// without one of them, the rest is scaled to unit length. Of a learned model, which weighs each track by
  /// itself, the mean over the library. All zero if its fused embeddings are not made of parts.
  [[nodiscard]] PartWeights weights() const { return weights_; }
  [[nodiscard]] const ModelInfo& model() const { return model_; }
  [[nodiscard]] std::size_t fitted_on() const { return fitted_on_; }  ///< N

  /// Bytes with magic, version and checksum.
  [[nodiscard]] std::string serialize() const;
  /// @throws Error(corrupt_data, version_mismatch) naming what differs
  static Projection deserialize(std::string_view bytes);

 private:
  Projection() = default;
  [[nodiscard]] bool beside() const { return model_.name.ends_with(kBesideStatistics); }
  [[nodiscard]] bool whitens() const { return model_.name == kStatisticsName || beside(); }
  [[nodiscard]] std::vector<float> less_mean(const Descriptor& descriptor, std::size_t part) const;
  void fit_mean(std::span<const Descriptor> descriptors, std::size_t part);
  void fit_weights(std::span<const Descriptor> descriptors);
  void fit_whitenings(std::span<const Descriptor> descriptors);
  [[nodiscard]] bool makes_embeddings() const;  ///< of 512 dimensions
  [[nodiscard]] Embedding whitened(const Descriptor& descriptor) const;
  [[nodiscard]] Embedding centred(const Descriptor& descriptor) const;

  ModelInfo model_;
  std::size_t fitted_on_ = 0;
  PartWeights weights_;
  std::array<Whitening, 3> whitenings_;  ///< timbre, harmony, rhythm; of models with `statistics`
  /// Of the parts and of the fused vector; of learned models. Empty where there is no such vector.
  std::array<std::vector<float>, 4> means_;
};

}  // namespace resonance::embedding
