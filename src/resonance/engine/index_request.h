#pragma once

#include "resonance/index/vector_index.h"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace resonance::engine {

/// What a person asks the search index of a catalog to be.
struct IndexRequest {
  /// "auto": the cheapest that reaches `recall`; "exact"; the name of a preset (index_preset_names()), which
  /// follows the number of tracks; or a FAISS factory string.
  std::string kind = "auto";
  double recall = 0.99;  ///< for "auto": share of the exact best ten; above 0, at most 1

  friend bool operator==(const IndexRequest&, const IndexRequest&) = default;
};

/// What the search index of a catalog is.
struct IndexRecord {
  /// "Flat" for exact search, "graph16" for a graph of M = 16 in graph.bin, else the FAISS factory string of
  /// index.faiss.
  std::string factory = "Flat";
  std::string metric = "inner_product";
  index::SearchSettings settings{};  ///< that it is searched with; no filter
  double recall = 1;  ///< measured, at recall_count, with `sample` queries; 0 queries: it is exact
  std::size_t recall_count = 10;
  std::size_t sample = 0;
};

/// Names of the presets and what each stands for, for help and documentation.
struct IndexPreset {
  std::string_view name;
  std::string_view meaning;
};
const std::vector<IndexPreset>& index_presets();

/// What is asked for. @param kind  "auto", "exact", a preset's name
/// @throws Error(invalid_argument) for another name or a recall out of range
IndexRequest index_request_of(std::string_view kind, double recall);
/// @throws Error(invalid_argument) for a string that FAISS, or the check of its files, does not know
IndexRequest index_factory_request(std::string_view factory);

/// "exact", or "graph16 (efSearch 160, k_factor 2), recall@10 0.993 on 400 queries": for people.
std::string description_of(const IndexRecord& record);

}  // namespace resonance::engine
