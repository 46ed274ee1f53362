#pragma once

#include "resonance/catalog/catalog.h"
#include "resonance/engine/found_tracks.h"
#include "resonance/engine/search_request.h"
#include "resonance/engine/snapshot.h"
#include "resonance/index/row_filter.h"

#include <cstddef>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <stop_token>
#include <string_view>
#include <vector>

namespace resonance::engine {

/// What is searched with: the vector, and the factors that weigh its parts (ranking::part_factors); no
/// factors for the model's own weights.
struct SearchQuery {
  std::vector<float> vector;
  std::vector<float> factors;
};

/// Answers "what sounds like this" from a catalog, as it was when this was opened; LiveSearcher follows its
/// changes. Opening maps the search index; nothing is read that is not needed. Thread-safe; threads wait for
/// each other while they read tracks.db.
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
  /// @param segments  gets the descriptors of its segments, if there is one
  [[nodiscard]] QuerySource audio(const std::filesystem::path& file, const std::stop_token& stop,
                                  embedding::SegmentSink segments = {}) const;

  /// The best tracks, ties in order of id; sources of the catalog are left out. As many as
  /// `request.rerank.count` whenever so many pass filter and settings.
  /// @throws Error(invalid_argument) as ranking's functions
  [[nodiscard]] std::vector<QueryResult> search(const SearchRequest& request) const;

  /// Seeds, feedback and weights of modalities as one vector. @throws Error(invalid_argument) as ranking's
  /// functions
  [[nodiscard]] SearchQuery query_of(const SearchRequest& request, const index::RowFilter* filter) const;
  /// Rows that stand for the library in hub suppression, S x 512.
  [[nodiscard]] std::vector<float> hub_sample() const;
  /// The rows that a filter allows and that are still in the catalog; nothing for an empty filter.
  [[nodiscard]] std::optional<index::RowFilter> rows_passing(const catalog::TrackFilter& filter) const;
  /// The tracks nearest to `query`, as ranking takes them: at least `count` if the catalog has them.
  /// @param query  512 values
  /// @param settings  of the index, without a filter
  [[nodiscard]] FoundTracks nearest(std::span<const float> query, std::size_t count,
                                    const index::RowFilter* filter,
                                    const index::SearchSettings& settings = {}) const;

  /// N: tracks that can be found.
  [[nodiscard]] std::size_t size() const noexcept { return snapshot_->size(); }
  [[nodiscard]] const Snapshot& snapshot() const noexcept { return *snapshot_; }
  [[nodiscard]] const catalog::Catalog& catalog() const noexcept { return catalog_; }
  /// Whether tracks have been added or removed since the search index was made.
  [[nodiscard]] bool is_stale() const { return snapshot_->revision() != catalog_.revision(); }

 private:
  [[nodiscard]] QuerySource from_catalog(catalog::Track track) const;
  [[nodiscard]] ranking::ModalityScores mixed_modality_scores(const QuerySource& seed,
                                                              std::int64_t key) const;
  [[nodiscard]] std::vector<float> expanded(const std::vector<float>& combined, const SearchRequest& request,
                                            const index::RowFilter* filter) const;

  catalog::Catalog catalog_;
  std::shared_ptr<const Snapshot> snapshot_;
};

}  // namespace resonance::engine
