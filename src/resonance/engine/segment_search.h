#pragma once

#include "resonance/engine/modality_scores.h"
#include "resonance/engine/search_request.h"
#include "resonance/engine/searcher.h"

#include <cstddef>
#include <filesystem>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

namespace resonance::engine {

/// A stretch of a recording.
struct Passage {
  double start_s = 0;
  double end_s = 0;
};

/// What a search for passages starts from. P passages, at least one, none of them silent.
struct PassageSource {
  QuerySource source;
  std::vector<Passage> passages;
  std::vector<float> embeddings;  ///< P x 512, in the space of segments
  std::vector<Parts> parts;       ///< P, of models whose embedding is not made of them; else empty
};

/// Where in it: the tracks with the passages most like one of the seeds'. The defaults are the plain
/// question.
struct PassageRequest {
  std::vector<PassageSource> seeds;
  index::SearchSettings index{};                         ///< as SearchRequest
  std::optional<ranking::ModalityWeights> modalities{};  ///< as SearchRequest
  catalog::TrackFilter filter{};
  /// Without diversity. `min_score` holds for pairs of passages.
  ranking::RerankSettings rerank{};
};

/// A track, and the pair of passages by which it is most like the seeds.
struct PassageResult {
  std::size_t rank = 0;
  catalog::Track track;  ///< without descriptor
  float score = 0;       ///< inner product of the passages' embeddings, in [-1, 1]
  std::size_t seed = 0;  ///< which of the request's
  Passage of_seed;
  Passage found;
  ranking::ModalityScores modalities;  ///< of the two passages
  std::vector<std::string> why;        ///< of the two tracks
};

/// Answers "where in it": searches the segments of a catalog that keeps them. Thread-safe as Searcher.
class SegmentSearcher {
 public:
  /// @param searcher  must outlive this
  /// @throws Error(not_found) saying what to run, if the catalog keeps no segments
  explicit SegmentSearcher(const Searcher& searcher);

  /// All passages of a track of the catalog, named as for Searcher::track, or the one whose middle is nearest
  /// to a moment.
  /// @throws Error as Searcher::track; Error(not_found) if the track has no segments yet, saying what to run;
  ///   Error(invalid_argument) for a moment beyond its end, or if nothing is to be heard
  [[nodiscard]] PassageSource track(std::string_view path_or_id, std::optional<double> at_s) const;
  /// The same of a file from anywhere. @throws Error as Searcher::audio, and as track()
  [[nodiscard]] PassageSource audio(const std::filesystem::path& file, std::optional<double> at_s,
                                    const std::stop_token& stop) const;

  /// The best tracks, each once, with its best pair of passages; ties in order of id, and of a track the
  /// earliest of pairs that are as good. The seeds' tracks are left out. As many as `request.rerank.count`
  /// whenever so many pass. Exact if the index is.
  /// @throws Error(invalid_argument) as ranking's functions, or for a setting that the index has not
  [[nodiscard]] std::vector<PassageResult> search(const PassageRequest& request) const;

  /// Tracks that have no segments in the search index yet.
  [[nodiscard]] std::size_t tracks_without() const;

 private:
  [[nodiscard]] PassageSource chosen(PassageSource all, double duration_s, std::optional<double> at_s) const;
  [[nodiscard]] index::RowFilter allowed_rows(const PassageRequest& request) const;
  [[nodiscard]] std::size_t number_of(std::size_t row) const;
  [[nodiscard]] ranking::ModalityScores modalities_of(const PassageSource& seed, std::size_t passage,
                                                      std::span<const float> query, std::size_t row) const;

  const Searcher& searcher_;
  const SnapshotRows& rows_;
};

}  // namespace resonance::engine
