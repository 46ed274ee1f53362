#include "resonance/engine/segment_search.h"

#include "resonance/core/clock_time.h"
#include "resonance/core/error.h"
#include "resonance/core/feature_contract.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <span>
#include <string>
#include <unordered_map>
#include <utility>

namespace resonance::engine {
namespace {

constexpr std::size_t kDimensions = kEmbeddingDimensions;
constexpr double kLengthSeconds = double{kSegmentFrames} / kFramesPerSecond;
constexpr double kHopSeconds = double{kSegmentHopFrames} / kFramesPerSecond;
// Rows asked for with each passage at first: a track that fits is there with some ten that overlap.
constexpr std::size_t kFirstRows = 128;
constexpr std::size_t kBatch = 64;                        // passages that are searched with at once
constexpr std::size_t kMostFound = std::size_t{1} << 22;  // and the rows that these may come back with
constexpr std::size_t kMostTied = 1000;                   // as near as the last that was asked for

std::string remedy(const catalog::Catalog& catalog) {
  return "run `resonance index --segments FOLDER --catalog " + catalog.directory().string() +
         "`, which takes them from the feature cache where that holds a recording, and listens again to the "
         "others";
}

const SnapshotRows& segments_of(const Searcher& searcher) {
  const SnapshotRows* rows = searcher.snapshot().segments();
  if (rows == nullptr || rows->counts().left() == 0) {
    throw Error(ErrorCode::not_found, "catalog " + searcher.catalog().directory().string() +
                                          " keeps no segments of its tracks: " + remedy(searcher.catalog()));
  }
  return *rows;
}

double duration_of(const catalog::Track& track) {
  return track.audio.duration_s > 0 ? track.audio.duration_s : double{track.description.duration_s};
}

/// Of a track shorter than a segment, all of it.
Passage passage_of(std::size_t number, double duration_s) {
  const double start = static_cast<double>(number) * kHopSeconds;
  const double end = start + kLengthSeconds;
  return {start, duration_s > start ? std::min(end, duration_s) : end};
}

/// The passage whose middle is nearest to a moment, the earlier of two.
std::size_t passage_at(double at_s, std::size_t passages) {
  const double place = std::ceil((at_s - kLengthSeconds / 2) / kHopSeconds - 0.5);
  return static_cast<std::size_t>(std::clamp(place, 0.0, static_cast<double>(passages - 1)));
}

/// The best pair of passages of one track that has been seen.
struct BestPair {
  std::int64_t key = 0;
  float score = 0;
  std::size_t query = 0;  ///< number of the passage among those of all seeds
  std::size_t row = 0;
};

/// What is searched with: the passages of all seeds.
struct PassageQueries {
  std::vector<float> vectors;                               ///< Q x 512, weighted
  std::vector<std::pair<std::size_t, std::size_t>> places;  ///< seed and its passage

  [[nodiscard]] std::span<const float> vector(std::size_t query) const {
    return std::span<const float>(vectors).subspan(query * kDimensions, kDimensions);
  }
};

/// Tracks by their best pair, and how sure that is.
struct BestPairs {
  std::vector<BestPair>
      pairs;         ///< best first, ties by key; no pair that was not seen is better than the last
  bool all = false;  ///< whether these are all tracks there are
  /// No pair that was not seen is better than this.
  float bound = -std::numeric_limits<float>::infinity();
};

bool is_better(const BestPair& a, const BestPair& b) {
  if (a.score != b.score) return a.score > b.score;
  return a.row != b.row ? a.row < b.row : a.query < b.query;
}

/// The `asked` nearest rows of every passage, gathered by track.
BestPairs best_pairs(const SnapshotRows& rows, const PassageQueries& queries, std::size_t asked,
                     const index::SearchSettings& settings) {
  BestPairs best;
  best.all = asked >= settings.filter->count();
  std::unordered_map<std::int64_t, BestPair> tracks;
  const std::size_t batch = std::clamp<std::size_t>(kMostFound / asked, 1, kBatch);
  for (std::size_t first = 0; first < queries.places.size(); first += batch) {
    const std::size_t count = std::min(batch, queries.places.size() - first);
    const auto found = rows.index().search_batch(
        std::span<const float>(queries.vectors).subspan(first * kDimensions, count * kDimensions), asked,
        settings);
    for (std::size_t i = 0; i < found.size(); ++i) {
      for (const index::Neighbor& neighbor : found[i]) {
        const auto row = static_cast<std::size_t>(neighbor.row);
        const BestPair pair{.key = rows.key_of(row), .score = neighbor.score, .query = first + i, .row = row};
        const auto [known, fresh] = tracks.try_emplace(pair.key, pair);
        if (!fresh && is_better(pair, known->second)) known->second = pair;
      }
      if (!best.all && !found[i].empty()) best.bound = std::max(best.bound, found[i].back().score);
    }
  }
  for (const auto& [key, pair] : tracks) {
    // Of a track that is not above the bound a better pair may not have been seen.
    if (best.all || pair.score > best.bound) best.pairs.push_back(pair);
  }
  std::sort(best.pairs.begin(), best.pairs.end(), [](const BestPair& a, const BestPair& b) {
    return a.score != b.score ? a.score > b.score : a.key < b.key;
  });
  return best;
}

/// The first `count` of them that are still in the catalog, and those that are as good as the last.
FoundTracks tracks_of(const Searcher& searcher, const SnapshotRows& rows, const BestPairs& best,
                      std::size_t count, std::vector<BestPair>& pairs) {
  FoundTracks found;
  pairs.clear();
  for (const BestPair& pair : best.pairs) {
    if (found.tracks.size() >= count &&
        (pair.score < found.candidates.back().score || found.tracks.size() >= count + kMostTied)) {
      break;
    }
    auto track = searcher.catalog().find_by_key(pair.key);
    if (!track) continue;
    found.candidates.push_back({.id = track->id,
                                .row = static_cast<std::int64_t>(pair.row),
                                .score = pair.score,
                                .embedding = rows.embedding(pair.row),
                                .hash = track->hash,
                                .facts = {track->description, track->tags}});
    found.tracks.push_back(std::move(*track));
    pairs.push_back(pair);
  }
  return found;
}

PassageQueries queries_of(const PassageRequest& request, const embedding::Projection& projection) {
  PassageQueries queries;
  for (std::size_t seed = 0; seed < request.seeds.size(); ++seed) {
    const PassageSource& source = request.seeds[seed];
    for (std::size_t passage = 0; passage < source.passages.size(); ++passage) {
      const auto vector =
          std::span<const float>(source.embeddings).subspan(passage * kDimensions, kDimensions);
      if (request.modalities) {
        const std::vector<float> weighted = ranking::weighted_query(
            vector, layout_of(projection), weights_of_parts(projection, *request.modalities));
        queries.vectors.insert(queries.vectors.end(), weighted.begin(), weighted.end());
      } else {
        queries.vectors.insert(queries.vectors.end(), vector.begin(), vector.end());
      }
      queries.places.emplace_back(seed, passage);
    }
  }
  return queries;
}

}  // namespace

SegmentSearcher::SegmentSearcher(const Searcher& searcher)
    : searcher_(searcher), rows_(segments_of(searcher)) {}

std::size_t SegmentSearcher::tracks_without() const {
  const std::size_t with = searcher_.snapshot().meta().segments->tracks;
  return searcher_.size() > with ? searcher_.size() - with : 0;
}

PassageSource SegmentSearcher::track(std::string_view path_or_id, std::optional<double> at_s) const {
  const embedding::Projection& projection = *searcher_.snapshot().segment_projection();
  PassageSource all;
  all.source = searcher_.track(path_or_id);
  const catalog::Track& track = *all.source.track;
  const RowRange range = searcher_.is_stale() ? RowRange{} : rows_.rows_of(track.key);
  const double duration_s = duration_of(track);
  const auto add = [&](const std::vector<float>& embedding) {
    all.embeddings.insert(all.embeddings.end(), embedding.begin(), embedding.end());
    all.passages.push_back(passage_of(all.passages.size(), duration_s));
  };
  for (std::size_t row = range.first; row < range.first + range.count; ++row) {
    const auto stored = rows_.embedding(row);
    if (!std::all_of(stored.begin(), stored.end(), [](float value) { return std::isfinite(value); })) {
      throw damaged_file(searcher_.snapshot().folder() / kSegmentRows.embeddings,
                         "or its tail is damaged at row " + std::to_string(row));
    }
    add({stored.begin(), stored.end()});
  }
  // Added or changed since the last snapshot, or with parts that no snapshot keeps.
  if (range.count == 0 || mixes_parts(projection)) {
    searcher_.catalog().for_each_segment(track.key, [&](std::string_view bytes) {
      embedding::Embedding embedding = projection.project(embedding::decode_descriptor(bytes));
      if (range.count == 0) add(embedding.fused);
      if (mixes_parts(projection)) all.parts.push_back(parts_of(std::move(embedding)));
    });
  }
  if (all.passages.empty()) {
    throw Error(ErrorCode::not_found,
                track.path + " has no segments in the catalog yet: " + remedy(searcher_.catalog()));
  }
  return chosen(std::move(all), duration_s, at_s);
}

PassageSource SegmentSearcher::audio(const std::filesystem::path& file, std::optional<double> at_s,
                                     const std::stop_token& stop) const {
  const embedding::Projection& projection = *searcher_.snapshot().segment_projection();
  PassageSource all;
  all.source = searcher_.audio(file, stop, [&](const embedding::Descriptor& descriptor) {
    embedding::Embedding embedding = projection.project(descriptor);
    all.embeddings.insert(all.embeddings.end(), embedding.fused.begin(), embedding.fused.end());
    if (mixes_parts(projection)) all.parts.push_back(parts_of(std::move(embedding)));
  });
  const double duration_s = double{all.source.facts.description.duration_s};
  for (std::size_t i = 0; i < all.embeddings.size() / kDimensions; ++i) {
    all.passages.push_back(passage_of(i, duration_s));
  }
  return chosen(std::move(all), duration_s, at_s);
}

/// Those that are asked for and not silent.
PassageSource SegmentSearcher::chosen(PassageSource all, double duration_s,
                                      std::optional<double> at_s) const {
  std::size_t first = 0;
  std::size_t end = all.passages.size();
  if (at_s) {
    if (!(*at_s >= 0 && *at_s <= duration_s)) {
      throw Error(ErrorCode::invalid_argument, all.source.path + " ends at " + clock_time(duration_s) +
                                                   ", and has nothing at " + clock_time(*at_s));
    }
    first = passage_at(*at_s, all.passages.size());
    end = first + 1;
  }
  PassageSource some;
  some.source = std::move(all.source);
  for (std::size_t i = first; i < end; ++i) {
    const auto embedding = std::span<const float>(all.embeddings).subspan(i * kDimensions, kDimensions);
    if (std::all_of(embedding.begin(), embedding.end(), [](float value) { return value == 0; })) continue;
    some.passages.push_back(all.passages[i]);
    some.embeddings.insert(some.embeddings.end(), embedding.begin(), embedding.end());
    if (i < all.parts.size()) some.parts.push_back(std::move(all.parts[i]));
  }
  if (some.passages.empty()) {
    throw Error(ErrorCode::invalid_argument, some.source.path + " is silent" +
                                                 (at_s ? " at " + clock_time(*at_s) : std::string()) +
                                                 ": there is no passage to search with");
  }
  return some;
}

index::RowFilter SegmentSearcher::allowed_rows(const PassageRequest& request) const {
  const bool filtered = !(request.filter == catalog::TrackFilter{});
  index::RowFilter rows(rows_.rows(), !filtered);
  const auto each_row = [&](std::int64_t key, const auto& change) {
    const RowRange range = rows_.rows_of(key);
    for (std::size_t row = range.first; row < range.first + range.count; ++row) change(row);
  };
  if (filtered) {
    for (const std::int64_t key : searcher_.catalog().keys_matching(request.filter)) {
      each_row(key, [&](std::size_t row) { rows.allow(row); });
    }
  }
  for (const PassageSource& seed : request.seeds) {
    if (seed.source.track) each_row(seed.source.track->key, [&](std::size_t row) { rows.forbid(row); });
  }
  return rows;
}

/// Which of its track's segments a row is.
std::size_t SegmentSearcher::number_of(std::size_t row) const {
  const std::size_t first = rows_.rows_of(rows_.key_of(row)).first;
  return row >= first ? row - first : 0;
}

ranking::ModalityScores SegmentSearcher::modalities_of(const PassageSource& seed, std::size_t passage,
                                                       std::span<const float> query, std::size_t row) const {
  const embedding::Projection& projection = *searcher_.snapshot().segment_projection();
  if (!mixes_parts(projection)) {
    return modality_scores(query, rows_.embedding(row), layout_of(projection));
  }
  const std::string bytes = searcher_.catalog().segment_of(rows_.key_of(row), number_of(row));
  if (bytes.empty() || passage >= seed.parts.size()) return {};
  return modality_scores(seed.parts[passage],
                         parts_of(projection.project(embedding::decode_descriptor(bytes))));
}

std::vector<PassageResult> SegmentSearcher::search(const PassageRequest& request) const {
  if (request.rerank.count == 0) return {};
  check_settings(request.index, rows_.index(), searcher_.snapshot().meta().segments->index,
                 searcher_.catalog().directory());
  const PassageQueries queries = queries_of(request, *searcher_.snapshot().segment_projection());
  const index::RowFilter filter = allowed_rows(request);
  index::SearchSettings settings = request.index;
  settings.filter = &filter;
  // A seed for each passage, so that what is the same recording can be told by any of them.
  std::vector<ranking::Candidate> seeds;
  for (const auto& [seed, passage] : queries.places) {
    seeds.push_back(candidate_of(request.seeds[seed].source));
    seeds.back().embedding =
        std::span<const float>(request.seeds[seed].embeddings).subspan(passage * kDimensions, kDimensions);
  }
  const ranking::RerankContext context{.seeds = seeds};

  FoundTracks found;
  std::vector<BestPair> pairs;
  std::vector<ranking::RankedCandidate> ranked;
  for (std::size_t asked = kFirstRows;; asked *= 4) {
    const BestPairs best = best_pairs(rows_, queries, asked, settings);
    for (std::size_t wanted = first_choice(request.rerank, 0, false);; wanted *= 4) {
      found = tracks_of(searcher_, rows_, best, wanted, pairs);
      ranked = ranking::rerank(found.candidates, context, request.rerank);
      if (ranked.size() >= request.rerank.count || wanted >= best.pairs.size()) break;
    }
    const bool below_bound = request.rerank.min_score && best.bound < *request.rerank.min_score;
    if (ranked.size() >= request.rerank.count || best.all || below_bound) break;
  }

  std::vector<PassageResult> results;
  for (const ranking::RankedCandidate& place : ranked) {
    const BestPair& pair = pairs[place.candidate];
    const auto [seed, passage] = queries.places[pair.query];
    const PassageSource& source = request.seeds[seed];
    PassageResult result;
    result.rank = results.size() + 1;
    result.track = std::move(found.tracks[place.candidate]);
    result.score = pair.score;
    result.seed = seed;
    result.of_seed = source.passages[passage];
    result.found = passage_of(number_of(pair.row), duration_of(result.track));
    result.modalities = modalities_of(source, passage, queries.vector(pair.query), pair.row);
    result.why =
        ranking::reasons(source.source.facts, found.candidates[place.candidate].facts, result.modalities);
    results.push_back(std::move(result));
  }
  return results;
}

}  // namespace resonance::engine
