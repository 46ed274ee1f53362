#include "resonance/index/vector_index.h"

#include "resonance/core/error.h"

#include <algorithm>
#include <cmath>

namespace resonance::index {

std::size_t rows_of(std::span<const float> vectors, std::size_t dimensions) {
  constexpr std::size_t kMaxDimensions = 65536;
  if (dimensions == 0 || dimensions > kMaxDimensions || vectors.size() % dimensions != 0) {
    throw Error(ErrorCode::invalid_argument,
                std::to_string(vectors.size()) + " values are no vectors of " + std::to_string(dimensions));
  }
  return vectors.size() / dimensions;
}

VectorIndex::VectorIndex(std::size_t rows, std::size_t dimensions, Metric metric)
    : rows_(rows), dimensions_(dimensions), metric_(metric) {}

void VectorIndex::check(std::span<const float> queries, const SearchSettings& settings) const {
  if (!std::all_of(queries.begin(), queries.end(), [](float value) { return std::isfinite(value); })) {
    throw Error(ErrorCode::invalid_argument, "the query holds a value that is not finite");
  }
  if (settings.filter != nullptr && settings.filter->size() != rows_) {
    throw Error(ErrorCode::invalid_argument, "the filter is over " + std::to_string(settings.filter->size()) +
                                                 " rows, the index holds " + std::to_string(rows_));
  }
  if (settings.k_factor != 0 && !(settings.k_factor >= 1 && std::isfinite(settings.k_factor))) {
    throw Error(ErrorCode::invalid_argument, "k_factor is at least 1");
  }
}

std::size_t VectorIndex::prepare(std::size_t count, SearchSettings& settings) const {
  const std::size_t allowed = settings.filter == nullptr ? rows_ : settings.filter->count();
  if (allowed == rows_) settings.filter = nullptr;
  return std::min(count, allowed);
}

std::vector<Neighbor> VectorIndex::search(std::span<const float> query, std::size_t count,
                                          const SearchSettings& settings) const {
  if (query.size() != dimensions_) {
    throw Error(ErrorCode::invalid_argument, "the query has " + std::to_string(query.size()) +
                                                 " dimensions, the index " + std::to_string(dimensions_));
  }
  check(query, settings);
  SearchSettings prepared = settings;
  count = prepare(count, prepared);
  if (count == 0) return {};
  return do_search(query, count, prepared);
}

std::vector<std::vector<Neighbor>> VectorIndex::search_batch(std::span<const float> queries,
                                                             std::size_t count,
                                                             const SearchSettings& settings) const {
  const std::size_t query_count = rows_of(queries, dimensions_);
  check(queries, settings);
  SearchSettings prepared = settings;
  count = prepare(count, prepared);
  if (count == 0 || query_count == 0) return std::vector<std::vector<Neighbor>>(query_count);
  return do_search_batch(queries, count, prepared);
}

std::vector<std::vector<Neighbor>> VectorIndex::do_search_batch(std::span<const float> queries,
                                                                std::size_t count,
                                                                const SearchSettings& settings) const {
  std::vector<std::vector<Neighbor>> answers;
  for (std::size_t at = 0; at < queries.size(); at += dimensions_) {
    answers.push_back(do_search(queries.subspan(at, dimensions_), count, settings));
  }
  return answers;
}

}  // namespace resonance::index
