#pragma once

#include "resonance/catalog/catalog.h"
#include "resonance/embedding/descriptor.h"
#include "resonance/engine/snapshot.h"
#include "resonance/ranking/reasons.h"

#include <cstddef>
#include <filesystem>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

namespace resonance::engine {

/// What a search starts from: a track of the catalog, or a file from anywhere.
struct QuerySource {
  std::string path;
  std::optional<catalog::Track> track;  ///< for a track of the catalog
  ranking::TrackFacts facts;
  embedding::Embedding embedding;
};

struct QueryResult {
  std::size_t rank = 0;  ///< 1 is the best
  catalog::Track track;  ///< without descriptor
  float score = 0;       ///< inner product of the fused embeddings, in [-1, 1]
  ranking::ModalityScores modalities;
  std::vector<std::string> why;
};

/// Answers "what sounds like this" from a catalog. Opening maps the search index; nothing is read that is not
/// needed. Not thread-safe: open one a thread.
class Searcher {
 public:
  /// @throws Error(not_found) for a catalog that does not exist or holds no track; Error(corrupt_data,
  ///         version_mismatch) with the remedy
  explicit Searcher(const std::filesystem::path& catalog_directory);

  /// A track by public id, by path (absolute or relative to the working folder), or by a unique end of its
  /// path.
  /// @throws Error(not_found, invalid_argument if several fit)
  [[nodiscard]] QuerySource track(std::string_view path_or_id) const;
  /// A file from anywhere; it is analysed now. @throws Error as audio::AudioFile
  [[nodiscard]] QuerySource audio(const std::filesystem::path& file, const std::stop_token& stop) const;

  /// The `count` tracks most like `source`, best first, ties in order of id; a source of the catalog is left
  /// out.
  [[nodiscard]] std::vector<QueryResult> search(const QuerySource& source, std::size_t count) const;

  [[nodiscard]] std::size_t size() const noexcept { return snapshot_.size(); }
  /// Whether tracks have been added or removed since the search index was made.
  [[nodiscard]] bool is_stale() const { return snapshot_.revision() != catalog_.revision(); }

 private:
  [[nodiscard]] QuerySource from_catalog(catalog::Track track) const;
  [[nodiscard]] ranking::ModalityScores modality_scores(const embedding::Embedding& query,
                                                        std::size_t row) const;

  catalog::Catalog catalog_;
  Snapshot snapshot_;
};

}  // namespace resonance::engine
