#include "resonance/index/flat_index.h"

#include "resonance/core/error.h"

#include <algorithm>
#include <cmath>
#include <string>

#include <faiss/utils/distances.h>

namespace resonance::index {

FlatIndex::FlatIndex(std::span<const float> vectors, std::size_t dimensions)
    : vectors_(vectors), dimensions_(dimensions), size_(dimensions == 0 ? 0 : vectors.size() / dimensions) {
  if (dimensions == 0 || vectors.size() % dimensions != 0) {
    throw Error(ErrorCode::invalid_argument,
                std::to_string(vectors.size()) + " values are no vectors of " + std::to_string(dimensions));
  }
}

std::vector<Neighbor> FlatIndex::search(std::span<const float> query, std::size_t count) const {
  if (query.size() != dimensions_) {
    throw Error(ErrorCode::invalid_argument, "the query has " + std::to_string(query.size()) +
                                                 " dimensions, the index " + std::to_string(dimensions_));
  }
  if (!std::all_of(query.begin(), query.end(), [](float value) { return std::isfinite(value); })) {
    throw Error(ErrorCode::invalid_argument, "the query holds a value that is not finite");
  }
  count = std::min(count, size_);
  if (count == 0) return {};
  std::vector<float> scores(count);
  std::vector<std::int64_t> rows(count);
  faiss::knn_inner_product(query.data(), vectors_.data(), dimensions_, 1, size_, count, scores.data(),
                           rows.data());
  std::vector<Neighbor> neighbors;
  neighbors.reserve(count);
  for (std::size_t i = 0; i < count; ++i) {
    if (rows[i] >= 0) neighbors.push_back({rows[i], scores[i]});
  }
  std::sort(neighbors.begin(), neighbors.end(), [](const Neighbor& a, const Neighbor& b) {
    return a.score != b.score ? a.score > b.score : a.row < b.row;
  });
  return neighbors;
}

}  // namespace resonance::index
