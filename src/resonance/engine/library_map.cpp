#include "resonance/engine/library_map.h"

#include "resonance/catalog/catalog.h"
#include "resonance/core/error.h"
#include "resonance/engine/map_file.h"
#include "resonance/engine/snapshot.h"
#include "resonance/index/exact_index.h"
#include "resonance/ranking/neighbour_map.h"
#include "resonance/ranking/principal_plane.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>
#include <span>
#include <unordered_map>
#include <utility>

namespace resonance::engine {
namespace {

namespace fs = std::filesystem;
using ranking::MapPoint;
using ranking::RowNeighbour;

constexpr std::size_t kNeighbours = 15;
constexpr std::size_t kPlacedBy = 5;          // landmarks that say where another track lies
constexpr std::size_t kQueriesAtOnce = 1024;  // bounds the memory of a search
constexpr double kSimilarityScale = 0.1;      // as in ranking/tag_suggestion.h

void check(const std::stop_token& stop) {
  if (stop.stop_requested()) throw Error(ErrorCode::cancelled, "stopped while making the map");
}

/// N x D embeddings that lie one behind the other.
struct Rows {
  std::span<const float> values;
  std::size_t dimensions = 0;

  [[nodiscard]] std::size_t count() const { return values.size() / dimensions; }
  [[nodiscard]] std::span<const float> row(std::size_t i) const {
    return values.subspan(i * dimensions, dimensions);
  }
};

/// The `count` nearest rows of `among` for each of `rows`, best first.
std::vector<std::vector<RowNeighbour>> nearest_rows(const Rows& rows, const index::ExactIndex& among,
                                                    std::size_t count, const std::stop_token& stop) {
  std::vector<std::vector<RowNeighbour>> lists;
  lists.reserve(rows.count());
  for (std::size_t first = 0; first < rows.count(); first += kQueriesAtOnce) {
    check(stop);
    const std::size_t size = std::min(kQueriesAtOnce, rows.count() - first);
    const auto block = rows.values.subspan(first * rows.dimensions, size * rows.dimensions);
    for (const auto& found : among.search_batch(block, count)) {
      std::vector<RowNeighbour> list;
      list.reserve(found.size());
      for (const index::Neighbor& neighbour : found) {
        list.push_back({static_cast<std::size_t>(neighbour.row), neighbour.score});
      }
      lists.push_back(std::move(list));
    }
  }
  return lists;
}

/// All of them arranged by each other.
std::vector<MapPoint> arranged(const Rows& rows, std::span<const std::optional<MapPoint>> earlier,
                               const std::stop_token& stop) {
  const index::ExactIndex index(rows.values, rows.dimensions);
  const auto neighbours = nearest_rows(rows, index, kNeighbours + 1, stop);
  const auto plane = ranking::PrincipalPlane::fit(rows.values, rows.dimensions);
  std::vector<MapPoint> principal;
  principal.reserve(rows.count());
  for (std::size_t i = 0; i < rows.count(); ++i) principal.push_back(plane.project(rows.row(i)));
  check(stop);
  return ranking::neighbour_map(neighbours, earlier, principal, {});
}

/// The mean of the landmarks' places, weighted by how much the track is like each.
MapPoint place_among(const std::vector<RowNeighbour>& landmarks, std::span<const MapPoint> places) {
  MapPoint sum;
  double weights = 0;
  for (const RowNeighbour& landmark : landmarks) {
    const double weight =
        std::exp((double{landmark.similarity} - landmarks.front().similarity) / kSimilarityScale);
    sum.x += weight * places[landmark.row].x;
    sum.y += weight * places[landmark.row].y;
    weights += weight;
  }
  return {sum.x / weights, sum.y / weights};
}

/// Positions of the `count` tracks with the smallest ids, ascending.
std::vector<std::size_t> landmarks_of(const std::vector<TrackOnMap>& tracks, std::size_t count) {
  std::vector<std::size_t> chosen(tracks.size());
  for (std::size_t i = 0; i < chosen.size(); ++i) chosen[i] = i;
  std::nth_element(chosen.begin(), chosen.begin() + static_cast<std::ptrdiff_t>(count), chosen.end(),
                   [&](std::size_t a, std::size_t b) { return tracks[a].id < tracks[b].id; });
  chosen.resize(count);
  std::sort(chosen.begin(), chosen.end());
  return chosen;
}

std::vector<MapPoint> arranged_by_landmarks(const Rows& rows, const std::vector<TrackOnMap>& tracks,
                                            std::span<const std::optional<MapPoint>> earlier,
                                            std::size_t count, const std::stop_token& stop) {
  const std::vector<std::size_t> landmarks = landmarks_of(tracks, count);
  std::vector<float> values;
  values.reserve(count * rows.dimensions);
  std::vector<std::optional<MapPoint>> earlier_of_landmarks;
  for (const std::size_t row : landmarks) {
    const auto embedding = rows.row(row);
    values.insert(values.end(), embedding.begin(), embedding.end());
    earlier_of_landmarks.push_back(earlier.empty() ? std::nullopt : earlier[row]);
  }
  const Rows landmark_rows{values, rows.dimensions};
  const std::vector<MapPoint> places = arranged(landmark_rows, earlier_of_landmarks, stop);

  const index::ExactIndex index(values, rows.dimensions);
  std::vector<MapPoint> points;
  points.reserve(rows.count());
  for (std::size_t first = 0; first < rows.count(); first += kQueriesAtOnce) {
    const std::size_t size = std::min(kQueriesAtOnce, rows.count() - first);
    const Rows block{rows.values.subspan(first * rows.dimensions, size * rows.dimensions), rows.dimensions};
    for (const auto& nearest : nearest_rows(block, index, kPlacedBy, stop)) {
      const auto& before = earlier.empty() ? std::nullopt : earlier[points.size()];
      points.push_back(before ? *before : place_among(nearest, places));
    }
  }
  for (std::size_t i = 0; i < landmarks.size(); ++i) points[landmarks[i]] = places[i];
  return points;
}

/// The snapshot's tracks that are still in the catalog, and their embeddings: the mapped array itself, or a
/// copy without the rows that do not count.
struct Library {
  std::vector<TrackOnMap> tracks;
  std::vector<ContentHash> hashes;
  std::vector<float> copied;
  Rows rows;
};

Library library_of(const catalog::Catalog& catalog, const Snapshot& snapshot) {
  Library library;
  std::vector<std::size_t> kept;
  catalog.for_each(false, [&](const catalog::Track& track) {
    const auto row = snapshot.row_of(track.key);
    if (!row) return;
    kept.push_back(*row);
    library.tracks.push_back({track.id, track.path, track.tags, {}});
    library.hashes.push_back(track.hash);
  });
  library.rows = {snapshot.base_embeddings().floats(), snapshot.dimensions()};
  if (kept.size() < snapshot.rows() || snapshot.has_tail()) {
    for (const std::size_t row : kept) {
      const auto embedding = snapshot.embedding(row);
      library.copied.insert(library.copied.end(), embedding.begin(), embedding.end());
    }
    library.rows.values = library.copied;
  }
  return library;
}

/// Where each track was, if it was on the map.
std::vector<std::optional<MapPoint>> earlier_places(const Library& library, const MapFile& before) {
  std::unordered_map<std::string_view, const MappedTrack*> by_id;
  for (const MappedTrack& track : before.tracks) by_id.emplace(track.id, &track);
  std::vector<std::optional<MapPoint>> places(library.tracks.size());
  for (std::size_t i = 0; i < places.size(); ++i) {
    const auto found = by_id.find(library.tracks[i].id);
    if (found != by_id.end() && found->second->hash == library.hashes[i]) places[i] = found->second->place;
  }
  return places;
}

std::optional<MapFile> read_earlier(const fs::path& path, std::string& warning) {
  try {
    return read_map_file(path);
  } catch (const Error& error) {
    if (error.code() != ErrorCode::not_found) warning = std::string(error.what()) + "; the map is made anew";
    return std::nullopt;
  }
}

std::vector<MapPoint> places_of(const Library& library, std::span<const std::optional<MapPoint>> earlier,
                                const MapOptions& options, const std::stop_token& stop) {
  try {
    const std::size_t landmarks = std::max<std::size_t>(options.landmarks, 2);
    return library.tracks.size() <= landmarks
               ? arranged(library.rows, earlier, stop)
               : arranged_by_landmarks(library.rows, library.tracks, earlier, landmarks, stop);
  } catch (const Error& error) {
    if (error.code() != ErrorCode::invalid_argument) throw;
    // Nothing here comes from a person: what the stages refuse was read from the snapshot.
    throw Error(ErrorCode::corrupt_data, std::string("the search index is damaged (") + error.what() +
                                             "): run `resonance index --rebuild`, which needs no audio");
  }
}

}  // namespace

LibraryMap map_library(const fs::path& catalog_directory, const MapOptions& options,
                       const std::stop_token& stop) {
  const catalog::Catalog catalog(catalog_directory, catalog::OpenMode::read_only);
  const auto snapshot = Snapshot::open(catalog_directory);
  if (!snapshot || snapshot->size() == 0) {
    throw Error(ErrorCode::not_found, "catalog " + catalog_directory.string() +
                                          " holds no track for a map: run `resonance index DIR`");
  }
  Library library = library_of(catalog, *snapshot);
  LibraryMap map;
  map.is_stale = snapshot->revision() != catalog.revision();
  if (library.tracks.empty()) return map;

  const fs::path path = catalog_directory / "map.bin";
  std::optional<MapFile> before;
  if (!options.fresh) before = read_earlier(path, map.warning);
  std::vector<std::optional<MapPoint>> earlier;
  if (before) earlier = earlier_places(library, *before);
  const auto known = static_cast<std::size_t>(
      std::count_if(earlier.begin(), earlier.end(), [](const auto& place) { return place.has_value(); }));

  const auto checksum = snapshot->meta().checksums.find("embeddings.npy");
  const std::uint32_t embeddings = checksum == snapshot->meta().checksums.end() ? 0 : checksum->second;
  const bool current = before && known == library.tracks.size() && before->embeddings == embeddings &&
                       before->revision == snapshot->revision();
  if (2 * known < library.tracks.size()) earlier.clear();
  map.origin = current ? MapOrigin::kept : earlier.empty() ? MapOrigin::fresh : MapOrigin::continued;

  MapFile kept{.revision = snapshot->revision(), .embeddings = embeddings, .tracks = {}};
  const auto places = current ? std::vector<MapPoint>{} : places_of(library, earlier, options, stop);
  for (std::size_t i = 0; i < library.tracks.size(); ++i) {
    library.tracks[i].place = current ? *earlier[i] : places[i];
    kept.tracks.push_back({library.tracks[i].id, library.hashes[i], library.tracks[i].place});
  }
  map.tracks = std::move(library.tracks);
  if (!current) {
    try {
      write_map_file(path, kept);
    } catch (const Error& error) {
      map.warning += (map.warning.empty() ? "" : "; ") + std::string("the map is not kept: ") + error.what();
    }
  }
  return map;
}

}  // namespace resonance::engine
