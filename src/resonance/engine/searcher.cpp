#include "resonance/engine/searcher.h"

#include "resonance/core/error.h"
#include "resonance/embedding/embedder.h"
#include "resonance/engine/modality_scores.h"
#include "resonance/engine/models.h"
#include "resonance/engine/track_analysis.h"
#include "resonance/ranking/expansion.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <numeric>
#include <system_error>
#include <utility>

namespace resonance::engine {
namespace {

namespace fs = std::filesystem;

std::shared_ptr<const Snapshot> open_snapshot(const catalog::Catalog& catalog) {
  auto snapshot = Snapshot::open(catalog.directory());
  if (!snapshot || snapshot->size() == 0) {
    throw Error(ErrorCode::not_found, "catalog " + catalog.directory().string() +
                                          " holds no track that can be searched: run `resonance index DIR`");
  }
  if (snapshot->model() != recorded_model(catalog)) {
    throw Error(ErrorCode::version_mismatch,
                (snapshot->folder() / kMetaFile).string() +
                    " is of another model or feature version than the catalog's tracks: run `resonance "
                    "index --rebuild`, which needs no audio");
  }
  return snapshot;
}

constexpr std::size_t kHubSample = 500;  // tracks that stand for the library in hub suppression
// As near as the last that was asked for: beyond so many, e.g. of silent tracks, rows decide.
constexpr std::size_t kMostTied = 1000;

double inner_product(std::span<const float> a, std::span<const float> b) {
  return std::inner_product(a.begin(), a.end(), b.begin(), 0.0);
}

/// Of the seeds that are approached, the one that a result is most like.
const QuerySource& nearest_seed(const std::vector<QuerySeed>& seeds, std::span<const float> embedding) {
  const QuerySource* nearest = &seeds.front().source;
  double best = -std::numeric_limits<double>::infinity();
  for (const QuerySeed& seed : seeds) {
    if (seed.weight <= 0) continue;
    const double similarity = inner_product(seed.source.embedding, embedding);
    if (similarity > best) {
      best = similarity;
      nearest = &seed.source;
    }
  }
  return *nearest;
}

}  // namespace

Searcher::Searcher(const fs::path& catalog_directory)
    : catalog_(catalog_directory, catalog::OpenMode::read_only) {
  require_searchable(catalog_);
  snapshot_ = open_snapshot(catalog_);
}

QuerySource Searcher::track(std::string_view path_or_id) const {
  if (auto found = catalog_.find_by_id(path_or_id)) return from_catalog(std::move(*found));
  std::error_code problem;
  const fs::path canonical = fs::weakly_canonical(fs::path(path_or_id), problem);
  if (!problem) {
    if (auto found = catalog_.find_by_path(canonical.string())) return from_catalog(std::move(*found));
  }
  std::optional<catalog::Track> ending;
  catalog_.for_each(false, [&](const catalog::Track& candidate) {
    const std::string_view path = candidate.path;
    if (!path.ends_with(path_or_id) || path_or_id.empty()) return;
    if (path.size() > path_or_id.size() && path[path.size() - path_or_id.size() - 1] != '/') return;
    if (ending) {
      throw Error(ErrorCode::invalid_argument, "'" + std::string(path_or_id) + "' fits several tracks, " +
                                                   ending->path + " and " + candidate.path +
                                                   " among them: give the whole path or the id");
    }
    ending = candidate;
  });
  if (ending) return from_catalog(std::move(*ending));
  throw Error(ErrorCode::not_found, "no track '" + std::string(path_or_id) + "' in catalog " +
                                        catalog_.directory().string() +
                                        " (to search with a file that is not in it, use --audio)");
}

QuerySource Searcher::from_catalog(catalog::Track track) const {
  QuerySource source;
  source.path = track.path;
  source.hash = track.hash;
  source.facts = {track.description, track.tags};
  const auto row = is_stale() ? std::nullopt : snapshot_->row_of(track.key);
  if (row) {
    const auto stored = snapshot_->embedding(*row);
    if (!std::all_of(stored.begin(), stored.end(), [](float value) { return std::isfinite(value); })) {
      throw Error(ErrorCode::corrupt_data, (snapshot_->folder() / kEmbeddingsFile).string() +
                                               " or its tail is damaged at row " + std::to_string(*row) +
                                               ": run `resonance index --rebuild`, which needs no audio");
    }
    source.embedding.assign(stored.begin(), stored.end());
  } else {  // added or changed since the last snapshot: it can be searched with as well
    const auto descriptor = embedding::decode_descriptor(catalog_.descriptor_of(track.key));
    source.embedding = snapshot_->projection()->project(descriptor).fused;
  }
  if (mixes_parts(*snapshot_->projection())) {
    source.parts = parts_of(
        snapshot_->projection()->project(embedding::decode_descriptor(catalog_.descriptor_of(track.key))));
  }
  source.track = std::move(track);
  return source;
}

QuerySource Searcher::audio(const fs::path& file, const std::stop_token& stop,
                            embedding::SegmentSink segments) const {
  TrackAnalysis analysis = analyse(file, *model_of(catalog_), stop, std::move(segments));
  QuerySource source;
  source.path = file.string();
  source.hash = analysis.hash;
  embedding::Embedding embedding = snapshot_->projection()->project(analysis.descriptor);
  source.embedding = embedding.fused;
  if (mixes_parts(*snapshot_->projection())) source.parts = parts_of(std::move(embedding));
  source.facts = {analysis.description, std::move(analysis.tags)};
  return source;
}

std::optional<index::RowFilter> Searcher::rows_passing(const catalog::TrackFilter& filter) const {
  if (filter == catalog::TrackFilter{}) return std::nullopt;
  index::RowFilter rows(snapshot_->rows());
  for (const std::int64_t key : catalog_.keys_matching(filter)) {
    if (const auto row = snapshot_->row_of(key)) rows.allow(*row);
  }
  return rows;
}

FoundTracks Searcher::nearest(std::span<const float> query, std::size_t count, const index::RowFilter* filter,
                              const index::SearchSettings& settings) const {
  const std::size_t most = filter == nullptr ? size() : filter->count();
  index::SearchSettings with = settings;
  with.filter = filter;
  // Tracks removed since the snapshot was made are passed over, and of several that are as near as the last
  // all are wanted, so that ids decide between them and not rows: ask for more until both is settled.
  for (std::size_t asked = count + 1;; asked *= 2) {
    FoundTracks found;
    found.snapshot = snapshot_;
    const std::vector<index::Neighbor> neighbors = snapshot_->index().search(query, asked, with);
    bool settled = asked >= most;
    for (const index::Neighbor& neighbor : neighbors) {
      if (found.tracks.size() >= count && neighbor.score < found.candidates.back().score) {
        settled = true;
        break;
      }
      if (found.tracks.size() >= count + kMostTied) {
        settled = true;
        break;
      }
      const auto row = static_cast<std::size_t>(neighbor.row);
      auto track = catalog_.find_by_key(snapshot_->key_of(row));
      if (!track) continue;
      found.candidates.push_back({.id = track->id,
                                  .row = neighbor.row,
                                  .score = neighbor.score,
                                  .embedding = snapshot_->embedding(row),
                                  .hash = track->hash,
                                  .facts = {track->description, track->tags}});
      found.tracks.push_back(std::move(*track));
    }
    if (settled) return found;
  }
}

std::vector<float> Searcher::expanded(const std::vector<float>& combined, const SearchRequest& request,
                                      const index::RowFilter* filter) const {
  std::vector<ranking::SimilarVector> neighbours;
  index::SearchSettings with = request.index;
  with.filter = filter;
  for (const index::Neighbor& neighbor : snapshot_->index().search(combined, request.feedback, with)) {
    neighbours.push_back({snapshot_->embedding(static_cast<std::size_t>(neighbor.row)), neighbor.score});
  }
  return request.alpha ? ranking::alpha_query(combined, neighbours, *request.alpha)
                       : ranking::feedback_query(combined, neighbours);
}

SearchQuery Searcher::query_of(const SearchRequest& request, const index::RowFilter* filter) const {
  std::vector<ranking::Seed> seeds;
  for (const QuerySeed& seed : request.seeds) seeds.push_back({seed.source.embedding, seed.weight});
  SearchQuery query{ranking::combined_query(seeds), {}};
  if (request.feedback > 0) query.vector = expanded(query.vector, request, filter);
  if (request.modalities) {
    const ranking::PartLayout parts = layout_of(*snapshot_->projection());
    const ranking::ModalityWeights weights = weights_of_parts(*snapshot_->projection(), *request.modalities);
    query.factors = ranking::part_factors(parts, weights);
    query.vector = ranking::weighted_query(query.vector, parts, weights);
  }
  return query;
}

std::vector<float> Searcher::hub_sample() const {
  std::vector<float> sample;
  const std::size_t rows = std::min(snapshot_->rows(), kHubSample);
  for (std::size_t i = 0; i < rows; ++i) {
    const std::size_t row = i * snapshot_->rows() / rows;
    if (!snapshot_->has(row)) continue;
    const auto embedding = snapshot_->embedding(row);
    sample.insert(sample.end(), embedding.begin(), embedding.end());
  }
  return sample;
}

/// Where the fused vector is not made of parts, these are compared by themselves, with the nearest seed's.
ranking::ModalityScores Searcher::mixed_modality_scores(const QuerySource& seed, std::int64_t key) const {
  const std::array<std::vector<float>, 3> found =
      parts_of(snapshot_->projection()->project(embedding::decode_descriptor(catalog_.descriptor_of(key))));
  return modality_scores(seed.parts, found);
}

std::vector<QueryResult> Searcher::search(const SearchRequest& request) const {
  if (request.rerank.count == 0) return {};
  check_settings(request.index, snapshot_->index(), snapshot_->meta().index, catalog_.directory());
  const auto filter = rows_passing(request.filter);
  const index::RowFilter* rows = filter ? &*filter : nullptr;
  const SearchQuery query = query_of(request, rows);

  std::vector<ranking::Candidate> seeds;
  for (const QuerySeed& seed : request.seeds) seeds.push_back(candidate_of(seed.source));
  const std::vector<float> sample = request.without_hubs ? hub_sample() : std::vector<float>{};
  const ranking::RerankContext context{
      .seeds = seeds, .query = query.vector, .factors = query.factors, .hub_sample = sample};

  const std::size_t most = rows == nullptr ? size() : rows->count();
  std::size_t asked = first_choice(request.rerank, seeds.size(), request.without_hubs);
  FoundTracks found;
  std::vector<ranking::RankedCandidate> ranked;
  for (;; asked *= 4) {
    found = nearest(query.vector, asked, rows, request.index);
    ranked = ranking::rerank(found.candidates, context, request.rerank);
    const bool below_bound = request.rerank.min_score && !found.candidates.empty() &&
                             found.candidates.back().score < *request.rerank.min_score;
    if (ranked.size() >= request.rerank.count || asked >= most || below_bound) break;
  }

  std::vector<QueryResult> results;
  for (const ranking::RankedCandidate& place : ranked) {
    const ranking::Candidate& candidate = found.candidates[place.candidate];
    QueryResult result;
    result.rank = results.size() + 1;
    result.track = std::move(found.tracks[place.candidate]);
    result.score = static_cast<float>(place.score);
    const QuerySource& nearest = nearest_seed(request.seeds, candidate.embedding);
    result.modalities =
        mixes_parts(*snapshot_->projection())
            ? mixed_modality_scores(nearest, result.track.key)
            : modality_scores(query.vector, candidate.embedding, layout_of(*snapshot_->projection()));
    result.why = ranking::reasons(nearest.facts, candidate.facts, result.modalities);
    results.push_back(std::move(result));
  }
  return results;
}

}  // namespace resonance::engine
