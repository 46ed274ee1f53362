#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <span>
#include <vector>

#include "resonance/core/matrix.h"
#include "resonance/embedding/descriptor.h"
#include "resonance/embedding/embedder.h"

namespace resonance::embedding {

/// How descriptors of one library become embeddings: standardisation and whitening (PCA with shrinkage) fitted on
/// the library for each modality, then a weighted concatenation of 512 dimensions, so that the inner product of two
/// fused embeddings is the weighted sum of the modalities' inner products. Immutable; thread-safe.
class Projection {
 public:
  /// Fits on the descriptors of a library, or of a sample of it. Deterministic. N >= 1; works for very small N by
  /// shrinking towards a built-in prior.
  /// @throws Error(invalid_argument) for no descriptor or differing dimensions
  static Projection fit(const ModelInfo& model, std::span<const Descriptor> descriptors);

  [[nodiscard]] Embedding project(const Descriptor& descriptor) const;
  [[nodiscard]] const ModelInfo& model() const;
  [[nodiscard]] std::size_t fitted_on() const;  ///< N

  /// Bytes with magic, version and checksum.
  [[nodiscard]] std::string serialize() const;
  /// @throws Error(corrupt_data, version_mismatch) naming what differs
  static Projection deserialize(std::string_view bytes);
};

}  // namespace resonance::embedding
