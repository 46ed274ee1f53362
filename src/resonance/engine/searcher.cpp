#include "resonance/engine/searcher.h"

#include "resonance/core/error.h"
#include "resonance/embedding/embedder.h"
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

Snapshot open_snapshot(const catalog::Catalog& catalog) {
  auto snapshot = Snapshot::open(catalog.directory());
  if (!snapshot || snapshot->size() == 0) {
    throw Error(ErrorCode::not_found, "catalog " + catalog.directory().string() +
                                          " holds no track that can be searched: run `resonance index DIR`");
  }
  return std::move(*snapshot);
}

constexpr std::size_t kHubSample = 500;  // tracks that stand for the library in hub suppression
constexpr std::size_t kFewestCandidates = 200;
constexpr std::size_t kCandidatesPerResult = 5;

std::span<const float> row_of(const NpyFile& array, std::size_t row) {
  return array.floats().subspan(row * array.cols(), array.cols());
}

double inner_product(std::span<const float> a, std::span<const float> b) {
  return std::inner_product(a.begin(), a.end(), b.begin(), 0.0);
}

/// Cosine of two vectors; 0 where either says nothing.
float cosine(std::span<const float> a, std::span<const float> b) {
  const double lengths = std::sqrt(inner_product(a, a) * inner_product(b, b));
  return lengths > 0 ? static_cast<float>(inner_product(a, b) / lengths) : 0.0F;
}

/// Cosine of each part of two fused vectors.
ranking::ModalityScores modality_scores(std::span<const float> a, std::span<const float> b,
                                        const ranking::PartLayout& layout) {
  std::array<float, 3> scores{};
  std::size_t first = 0;
  for (std::size_t part = 0; part < scores.size(); ++part) {
    scores[part] =
        cosine(a.subspan(first, layout.dimensions[part]), b.subspan(first, layout.dimensions[part]));
    first += layout.dimensions[part];
  }
  return {scores[0], scores[1], scores[2]};
}

/// Of the seeds that are approached, the one that a result is most like.
const QuerySource& nearest_seed(const std::vector<QuerySeed>& seeds, std::span<const float> embedding) {
  const QuerySource* nearest = &seeds.front().source;
  double best = -std::numeric_limits<double>::infinity();
  for (const QuerySeed& seed : seeds) {
    if (seed.weight <= 0) continue;
    const double similarity = inner_product(seed.source.embedding.fused, embedding);
    if (similarity > best) {
      best = similarity;
      nearest = &seed.source;
    }
  }
  return *nearest;
}

/// Whether anything but order and length can take candidates away, or look beyond the best K.
bool needs_a_wide_choice(const SearchRequest& request) {
  const ranking::RerankSettings& settings = request.rerank;
  return request.without_hubs || settings.diversity > 0 || settings.most_per_artist > 0 ||
         settings.most_per_album > 0 || settings.without_seed_artists || settings.duplicates;
}

}  // namespace

Searcher::Searcher(const fs::path& catalog_directory)
    : catalog_(catalog_directory, catalog::OpenMode::read_only),
      snapshot_(open_snapshot(catalog_)),
      index_(snapshot_.fused().floats(), snapshot_.fused().cols(), index::Metric::inner_product,
             snapshot_.codes()) {
  require_searchable(catalog_);
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
  // The descriptor, not the stored row: a track added since the last snapshot can be searched with as well.
  source.embedding =
      snapshot_.projection()->project(embedding::decode_descriptor(catalog_.descriptor_of(track.key)));
  source.track = std::move(track);
  return source;
}

QuerySource Searcher::audio(const fs::path& file, const std::stop_token& stop) const {
  TrackAnalysis analysis = analyse(file, *model_of(catalog_), stop);
  QuerySource source;
  source.path = file.string();
  source.hash = analysis.hash;
  source.embedding = snapshot_.projection()->project(analysis.descriptor);
  source.facts = {analysis.description, std::move(analysis.tags)};
  return source;
}

ranking::PartLayout Searcher::layout() const {
  const embedding::PartWeights shares = snapshot_.projection()->weights();
  return {.dimensions = {snapshot_.timbre().cols(), snapshot_.harmony().cols(), snapshot_.rhythm().cols()},
          .shares = {shares.timbre, shares.harmony, shares.rhythm}};
}

std::optional<index::RowFilter> Searcher::rows_passing(const catalog::TrackFilter& filter) const {
  if (filter == catalog::TrackFilter{}) return std::nullopt;
  index::RowFilter rows(size());
  for (const std::int64_t key : catalog_.keys_matching(filter)) {
    if (const auto row = snapshot_.row_of(key)) rows.allow(*row);
  }
  return rows;
}

FoundTracks Searcher::nearest(std::span<const float> query, std::size_t count,
                              const index::RowFilter* filter) const {
  const std::size_t most = filter == nullptr ? size() : filter->count();
  // Tracks removed since the snapshot was made are passed over; ask for more until enough are left.
  for (std::size_t asked = count;; asked *= 2) {
    FoundTracks found;
    for (const index::Neighbor& neighbor : index_.search(query, asked, {.filter = filter})) {
      const auto row = static_cast<std::size_t>(neighbor.row);
      auto track = catalog_.find_by_key(snapshot_.keys()[row]);
      if (!track) continue;
      found.candidates.push_back({.id = track->id,
                                  .row = neighbor.row,
                                  .score = neighbor.score,
                                  .embedding = row_of(snapshot_.fused(), row),
                                  .hash = track->hash,
                                  .facts = {track->description, track->tags}});
      found.tracks.push_back(std::move(*track));
    }
    if (found.tracks.size() >= count || asked >= most) return found;
  }
}

std::vector<float> Searcher::expanded(const std::vector<float>& combined, const SearchRequest& request,
                                      const index::RowFilter* filter) const {
  std::vector<ranking::SimilarVector> neighbours;
  for (const index::Neighbor& neighbor : index_.search(combined, request.feedback, {.filter = filter})) {
    neighbours.push_back({row_of(snapshot_.fused(), static_cast<std::size_t>(neighbor.row)), neighbor.score});
  }
  return request.alpha ? ranking::alpha_query(combined, neighbours, *request.alpha)
                       : ranking::feedback_query(combined, neighbours);
}

SearchQuery Searcher::query_of(const SearchRequest& request, const index::RowFilter* filter) const {
  std::vector<ranking::Seed> seeds;
  for (const QuerySeed& seed : request.seeds) seeds.push_back({seed.source.embedding.fused, seed.weight});
  SearchQuery query{ranking::combined_query(seeds), {}};
  if (request.feedback > 0) query.vector = expanded(query.vector, request, filter);
  if (request.modalities) {
    const ranking::PartLayout parts = layout();
    if (!(parts.shares[0] > 0)) {
      throw Error(
          ErrorCode::invalid_argument,
          "model " + snapshot_.model().name + " mixes timbre, harmony and rhythm into one vector, and a " +
              "query cannot weigh them: index with a model of fusion gated_concat, or with statistics");
    }
    ranking::ModalityWeights weights = *request.modalities;
    for (std::size_t part = 0; part < weights.size(); ++part) weights[part] *= parts.shares[part];
    query.factors = ranking::part_factors(parts, weights);
    query.vector = ranking::weighted_query(query.vector, parts, weights);
  }
  return query;
}

std::vector<float> Searcher::hub_sample() const {
  std::vector<float> sample;
  const std::size_t rows = std::min(size(), kHubSample);
  for (std::size_t i = 0; i < rows; ++i) {
    const auto row = row_of(snapshot_.fused(), i * size() / rows);
    sample.insert(sample.end(), row.begin(), row.end());
  }
  return sample;
}

/// Where the fused vector is not made of parts, these are kept beside it, and compared with the nearest
/// seed's.
ranking::ModalityScores Searcher::mixed_modality_scores(const QuerySource& seed, std::int64_t key) const {
  const auto row = snapshot_.row_of(key);
  if (!row) return {};
  return {cosine(seed.embedding.timbre, row_of(snapshot_.timbre(), *row)),
          cosine(seed.embedding.harmony, row_of(snapshot_.harmony(), *row)),
          cosine(seed.embedding.rhythm, row_of(snapshot_.rhythm(), *row))};
}

std::vector<QueryResult> Searcher::search(const SearchRequest& request) const {
  if (request.rerank.count == 0) return {};
  const auto filter = rows_passing(request.filter);
  const index::RowFilter* rows = filter ? &*filter : nullptr;
  const SearchQuery query = query_of(request, rows);

  std::vector<ranking::Candidate> seeds;
  for (const QuerySeed& seed : request.seeds) seeds.push_back(candidate_of(seed.source));
  const std::vector<float> sample = request.without_hubs ? hub_sample() : std::vector<float>{};
  const ranking::RerankContext context{
      .seeds = seeds, .query = query.vector, .factors = query.factors, .hub_sample = sample};

  const std::size_t most = rows == nullptr ? size() : rows->count();
  std::size_t asked = request.rerank.count + seeds.size();
  if (needs_a_wide_choice(request)) asked = std::max(asked * kCandidatesPerResult, kFewestCandidates);
  FoundTracks found;
  std::vector<ranking::RankedCandidate> ranked;
  for (;; asked *= 4) {
    found = nearest(query.vector, asked, rows);
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
    const ranking::PartLayout parts = layout();
    result.modalities = parts.shares[0] > 0 ? modality_scores(query.vector, candidate.embedding, parts)
                                            : mixed_modality_scores(nearest, result.track.key);
    result.why = ranking::reasons(nearest.facts, candidate.facts, result.modalities);
    results.push_back(std::move(result));
  }
  return results;
}

}  // namespace resonance::engine
