#pragma once

#include "resonance/catalog/catalog.h"
#include "resonance/catalog/track_filter.h"
#include "resonance/index/vector_index.h"
#include "resonance/ranking/query.h"
#include "resonance/ranking/reasons.h"
#include "resonance/ranking/rerank.h"

#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace resonance::engine {

/// What a search starts from: a track of the catalog, or a file from anywhere.
struct QuerySource {
  std::string path;
  std::optional<catalog::Track> track;  ///< for a track of the catalog
  ContentHash hash;
  ranking::TrackFacts facts;
  std::vector<float> embedding;  ///< 512 values: timbre, harmony and rhythm in one
  /// Timbre, harmony and rhythm by themselves, of models whose embedding is not made of them.
  std::array<std::vector<float>, 3> parts = {};
};

/// A source and how much it counts, relative to the others; negative: away from it.
struct QuerySeed {
  QuerySource source;
  float weight = 1;
};

/// What a person asks for. The defaults are the plain question: what sounds like this one?
struct SearchRequest {
  std::vector<QuerySeed> seeds;
  /// How hard the index looks: nprobe, ef_search, k_factor; 0 for what it was tuned to. No filter.
  index::SearchSettings index{};
  /// How much timbre, harmony and rhythm count, as multiples of the model's own weights: all 1 changes
  /// nothing.
  std::optional<ranking::ModalityWeights> modalities{};
  std::size_t feedback = 0;       ///< PRF: the first N results pull the query towards them
  std::optional<float> alpha{};   ///< with feedback: they count by similarity^alpha (alpha query expansion)
  bool without_hubs = false;      ///< mutual proximity instead of similarity
  catalog::TrackFilter filter{};  ///< of the whole catalog, before the search
  ranking::RerankSettings rerank{};
};

struct QueryResult {
  std::size_t rank = 0;  ///< 1 is the best
  catalog::Track track;  ///< without descriptor
  /// What it was ranked by: the weighted inner product of the embeddings, in [-1, 1], or mutual proximity.
  float score = 0;
  ranking::ModalityScores modalities;  ///< with the query
  std::vector<std::string> why;        ///< against the seed that it is most like
};

}  // namespace resonance::engine
