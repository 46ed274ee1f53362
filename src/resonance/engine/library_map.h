#pragma once

#include "resonance/core/track.h"
#include "resonance/ranking/map_point.h"

#include <cstddef>
#include <filesystem>
#include <stop_token>
#include <string>
#include <vector>

namespace resonance::engine {

/// How the coordinates of an answer came about.
enum class MapOrigin {
  kept,       ///< they were made before, and the library has not changed since
  continued,  ///< tracks that were on the map before are nearly where they were, new ones beside what they
              ///< resemble
  fresh,      ///< there was no map, or more than half of the tracks were not on it
};

/// A track and where it lies.
struct TrackOnMap {
  std::string id;
  std::string path;
  Tags tags;
  ranking::MapPoint place;
};

struct LibraryMap {
  std::vector<TrackOnMap> tracks;  ///< in the search index's order
  MapOrigin origin = MapOrigin::fresh;
  std::string
      warning;  ///< why the map could not be kept, or what was wrong with the one that was; else empty
  bool is_stale = false;  ///< tracks have been added or removed since the search index was made
};

struct MapOptions {
  bool fresh = false;              ///< forget the earlier map
  std::size_t landmarks = 20'000;  ///< how many tracks are arranged by each other; at least 2
};

/// The tracks of a catalog in two dimensions, similar ones together: ranking::neighbour_map of each track's
/// 15 nearest, begun at the principal plane or at the earlier map, which is kept in the catalog's map.bin. A
/// damaged map.bin is made anew, and one that cannot be written is only a warning: a read-only catalog
/// answers too.
///
/// A library larger than `options.landmarks` is arranged by that many of its tracks, those with the smallest
/// ids, which are hashes and so a fair sample that changes little when tracks come and go; the others lie
/// among the landmarks that they are most like. So time and memory beyond the embeddings grow with N times
/// landmarks and with N, not with N squared.
/// @throws Error as Searcher; Error(cancelled) between its steps
LibraryMap map_library(const std::filesystem::path& catalog_directory, const MapOptions& options,
                       const std::stop_token& stop);

}  // namespace resonance::engine
