#pragma once

#include "resonance/index/neighbor.h"
#include "resonance/index/row_filter.h"
#include "resonance/index/vector_index.h"
#include "resonance/index/vector_kernels.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <random>
#include <span>
#include <vector>

namespace resonance::testing {

/// Rows x D around a few centres, with a spectrum that falls off, of unit length: what embeddings look like.
inline std::vector<float> clustered_vectors(std::size_t rows, std::size_t dimensions, unsigned seed) {
  std::mt19937 centre_generator(1);
  std::mt19937 generator(seed);
  std::normal_distribution<float> normal;
  constexpr std::size_t kCentres = 16;
  std::vector<float> centres(kCentres * dimensions);
  for (float& value : centres) value = normal(centre_generator);
  std::vector<float> values(rows * dimensions);
  for (std::size_t row = 0; row < rows; ++row) {
    const std::size_t centre = generator() % kCentres;
    double length = 0;
    for (std::size_t d = 0; d < dimensions; ++d) {
      const float spread = 1.0F / std::sqrt(1.0F + static_cast<float>(d));
      const float value = (centres[centre * dimensions + d] + normal(generator)) * spread;
      values[row * dimensions + d] = value;
      length += double{value} * value;
    }
    for (std::size_t d = 0; d < dimensions; ++d) {
      values[row * dimensions + d] /= static_cast<float>(std::sqrt(length));
    }
  }
  return values;
}

/// What every exact answer must equal: each row scored, everything sorted.
inline std::vector<index::Neighbor> sorted_by_score(std::span<const float> vectors,
                                                    std::span<const float> query, std::size_t count,
                                                    const index::RowFilter* filter = nullptr,
                                                    index::Metric metric = index::Metric::inner_product) {
  std::vector<index::Neighbor> all;
  for (std::size_t row = 0; row * query.size() < vectors.size(); ++row) {
    if (filter != nullptr && !filter->allows(row)) continue;
    const auto vector = vectors.subspan(row * query.size(), query.size());
    const double product = index::scalar::inner_product(query, vector);
    const double distance = index::scalar::inner_product(query, query) +
                            index::scalar::inner_product(vector, vector) - 2 * product;
    all.push_back({static_cast<std::int64_t>(row),
                   static_cast<float>(metric == index::Metric::l2 ? -std::max(distance, 0.0) : product)});
  }
  std::sort(all.begin(), all.end(), index::is_better);
  all.resize(std::min(all.size(), count));
  return all;
}

}  // namespace resonance::testing
