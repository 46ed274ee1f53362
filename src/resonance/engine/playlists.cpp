#include "resonance/engine/playlists.h"

#include "resonance/core/atomic_file.h"
#include "resonance/core/error.h"
#include "resonance/ranking/playlist_formats.h"

#include <algorithm>
#include <unordered_set>
#include <utility>

namespace resonance::engine {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kFewestCandidates = 300;
constexpr std::size_t kMostCandidates = 2000;  // what ranking orders in a fraction of a second
constexpr std::size_t kCandidatesPerTrack = 10;
constexpr std::size_t kPoolPerWaypoint = 32;  // what choose_path() makes use of
constexpr double kUsualTrackSeconds = 200;

catalog::Track track_of(const QuerySource& source) {
  if (source.track) return *source.track;
  catalog::Track track;
  track.path = fs::absolute(source.path).lexically_normal().string();
  track.hash = source.hash;
  track.tags = source.facts.tags;
  track.description = source.facts.description;
  return track;
}

double duration_of(std::span<const catalog::Track> tracks) {
  double sum = 0;
  for (const catalog::Track& track : tracks) sum += double{track.description.duration_s};
  return sum;
}

}  // namespace

TrackList playlist_around(const Searcher& searcher, const SearchRequest& request,
                          ranking::PlaylistSettings settings) {
  const auto filter = searcher.rows_passing(request.filter);
  const index::RowFilter* rows = filter ? &*filter : nullptr;
  const SearchQuery query = searcher.query_of(request, rows);
  std::vector<ranking::Candidate> seeds;
  std::vector<const QuerySource*> sources;
  for (const QuerySeed& seed : request.seeds) {
    if (seed.weight <= 0) continue;  // the list is around the others
    seeds.push_back(candidate_of(seed.source));
    sources.push_back(&seed.source);
  }
  settings.choice = request.rerank;
  const std::vector<float> sample = request.without_hubs ? searcher.hub_sample() : std::vector<float>{};
  const ranking::RerankContext context{
      .seeds = seeds, .query = query.vector, .factors = query.factors, .hub_sample = sample};

  const std::size_t length = settings.duration_s
                                 ? static_cast<std::size_t>(*settings.duration_s / kUsualTrackSeconds)
                                 : settings.length;
  std::size_t asked = std::clamp(length * kCandidatesPerTrack, kFewestCandidates, kMostCandidates);
  FoundTracks found;
  ranking::Playlist playlist;
  for (;; asked *= 4) {
    asked = std::min(asked, kMostCandidates);
    found = searcher.nearest(query.vector, asked, rows);
    playlist = ranking::make_playlist(found.candidates, context, settings);
    if (playlist.note.empty() || found.candidates.size() < asked || asked == kMostCandidates) break;
  }
  TrackList list{.tracks = {}, .duration_s = playlist.duration_s, .note = std::move(playlist.note)};
  for (const std::size_t position : playlist.tracks) {
    list.tracks.push_back(position < sources.size() ? track_of(*sources[position])
                                                    : found.tracks[position - sources.size()]);
  }
  return list;
}

TrackList path_between(const Searcher& searcher, const QuerySource& start, const QuerySource& end,
                       const catalog::TrackFilter& filter, ranking::PathSettings settings,
                       std::optional<double> duration_s) {
  const auto passing = searcher.rows_passing(filter);
  const index::RowFilter* rows = passing ? &*passing : nullptr;
  const auto pool_of = [&](std::size_t length) {
    const Matrix waypoints = ranking::path_waypoints(start.embedding, end.embedding, length);
    FoundTracks pool;
    std::unordered_set<std::int64_t> seen;
    for (std::size_t i = 0; i < waypoints.rows(); ++i) {
      FoundTracks near = searcher.nearest(waypoints.row(i), kPoolPerWaypoint, rows);
      for (std::size_t k = 0; k < near.tracks.size(); ++k) {
        if (!seen.insert(near.candidates[k].row).second) continue;
        pool.candidates.push_back(std::move(near.candidates[k]));
        pool.tracks.push_back(std::move(near.tracks[k]));
      }
    }
    return pool;
  };
  if (duration_s) {
    constexpr std::size_t kFirstLook = 10;
    settings.length = ranking::tracks_lasting(*duration_s, pool_of(kFirstLook).candidates);
  }
  FoundTracks pool = pool_of(settings.length);
  ranking::Path path =
      ranking::choose_path(candidate_of(start), candidate_of(end), pool.candidates, settings);

  TrackList list{.tracks = {track_of(start)}, .duration_s = 0, .note = std::move(path.note)};
  for (const std::size_t position : path.between) list.tracks.push_back(std::move(pool.tracks[position]));
  list.tracks.push_back(track_of(end));
  list.duration_s = duration_of(list.tracks);
  return list;
}

void write_playlist(const fs::path& file, std::span<const catalog::Track> tracks, PlaylistPaths paths) {
  std::vector<ranking::PlaylistEntry> entries;
  for (const catalog::Track& track : tracks) {
    entries.push_back({.path = track.path,
                       .title = track.tags.title,
                       .artist = track.tags.artist,
                       .album = track.tags.album,
                       .duration_s = double{track.description.duration_s}});
  }
  const fs::path absolute = fs::absolute(file).lexically_normal();
  ranking::PlaylistFile list{.title = file.stem().string()};
  if (paths == PlaylistPaths::relative) list.folder = absolute.parent_path().string();
  const std::string suffix = file.extension().string();
  std::string text;
  if (suffix == ".m3u8" || suffix == ".m3u") {
    text = ranking::m3u8(entries, list);
  } else if (suffix == ".xspf") {
    text = ranking::xspf(entries, list);
  } else if (suffix == ".jspf") {
    text = ranking::jspf(entries, list);
  } else {
    throw Error(
        ErrorCode::invalid_argument,
        "the form of " + file.string() + " is not known by its name: end it with .m3u8, .xspf or .jspf");
  }
  AtomicFile out(file);
  out.write(text);
  out.commit();
}

}  // namespace resonance::engine
