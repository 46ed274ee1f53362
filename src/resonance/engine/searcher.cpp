#include "resonance/engine/searcher.h"

#include "resonance/core/error.h"
#include "resonance/embedding/embedder.h"
#include "resonance/engine/model_of_catalog.h"
#include "resonance/engine/track_analysis.h"
#include "resonance/index/flat_index.h"

#include <algorithm>
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

std::span<const float> row_of(const NpyFile& array, std::size_t row) {
  return array.floats().subspan(row * array.cols(), array.cols());
}

float inner_product(std::span<const float> a, std::span<const float> b) {
  return a.size() == b.size() ? std::inner_product(a.begin(), a.end(), b.begin(), 0.0F) : 0.0F;
}

}  // namespace

Searcher::Searcher(const fs::path& catalog_directory)
    : catalog_(catalog_directory, catalog::OpenMode::read_only), snapshot_(open_snapshot(catalog_)) {
  require_model(std::as_const(catalog_), embedding::make_statistics_embedder()->info());
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
  source.facts = {track.description, track.tags};
  // The descriptor, not the stored row: a track added since the last snapshot can be searched with as well.
  source.embedding =
      snapshot_.projection()->project(embedding::decode_descriptor(catalog_.descriptor_of(track.key)));
  source.track = std::move(track);
  return source;
}

QuerySource Searcher::audio(const fs::path& file, const std::stop_token& stop) const {
  TrackAnalysis analysis = analyse(file, *embedding::make_statistics_embedder(), stop);
  QuerySource source;
  source.path = file.string();
  source.embedding = snapshot_.projection()->project(analysis.descriptor);
  source.facts = {analysis.description, std::move(analysis.tags)};
  return source;
}

ranking::ModalityScores Searcher::modality_scores(const embedding::Embedding& query, std::size_t row) const {
  return {inner_product(query.timbre, row_of(snapshot_.timbre(), row)),
          inner_product(query.harmony, row_of(snapshot_.harmony(), row)),
          inner_product(query.rhythm, row_of(snapshot_.rhythm(), row))};
}

std::vector<QueryResult> Searcher::search(const QuerySource& source, std::size_t count) const {
  if (count == 0) return {};
  const index::FlatIndex index(snapshot_.fused().floats(), snapshot_.fused().cols());
  const std::size_t own = source.track ? 1 : 0;
  std::vector<QueryResult> results;
  // Tracks removed since the snapshot was made are passed over; ask for more until enough are left.
  for (std::size_t asked = count + own;; asked *= 2) {
    results.clear();
    for (const index::Neighbor& neighbor : index.search(source.embedding.fused, asked)) {
      const auto row = static_cast<std::size_t>(neighbor.row);
      const std::int64_t key = snapshot_.keys()[row];
      if (source.track && source.track->key == key) continue;
      auto track = catalog_.find_by_key(key);
      if (!track) continue;
      QueryResult result;
      result.track = std::move(*track);
      result.score = neighbor.score;
      result.modalities = modality_scores(source.embedding, row);
      results.push_back(std::move(result));
    }
    if (results.size() >= count || asked >= index.size()) break;
  }
  std::stable_sort(results.begin(), results.end(), [](const QueryResult& a, const QueryResult& b) {
    return a.score != b.score ? a.score > b.score : a.track.id < b.track.id;
  });
  if (results.size() > count) results.resize(count);
  for (std::size_t i = 0; i < results.size(); ++i) {
    results[i].rank = i + 1;
    results[i].why = ranking::reasons(source.facts, {results[i].track.description, results[i].track.tags},
                                      results[i].modalities);
  }
  return results;
}

}  // namespace resonance::engine
