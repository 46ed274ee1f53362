#pragma once

#include "resonance/index/neighbor.h"

#include <cstddef>
#include <span>
#include <vector>

namespace resonance::index {

/// Exact inner-product search over vectors that somebody else keeps in memory, or mapped from a file: FAISS's
/// IndexFlatIP kernels without its copy of the data. N vectors of D dimensions. Immutable; thread-safe.
class FlatIndex {
 public:
  /// @param vectors  N x D row-major, aligned; must outlive the index
  /// @throws Error(invalid_argument) unless D > 0 divides the size
  FlatIndex(std::span<const float> vectors, std::size_t dimensions);

  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  [[nodiscard]] std::size_t dimensions() const noexcept { return dimensions_; }

  /// The min(K, N) best rows of one query, best first; equal scores in order of row.
  /// @param query  D finite values
  /// @throws Error(invalid_argument) for another dimension, or for a value that is not finite
  [[nodiscard]] std::vector<Neighbor> search(std::span<const float> query, std::size_t count) const;

 private:
  std::span<const float> vectors_;
  std::size_t dimensions_;
  std::size_t size_;
};

}  // namespace resonance::index
