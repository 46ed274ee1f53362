#pragma once

#include "resonance/catalog/catalog.h"
#include "resonance/catalog/track_filter.h"
#include "resonance/engine/search_request.h"
#include "resonance/engine/searcher.h"
#include "resonance/ranking/path.h"
#include "resonance/ranking/playlist.h"

#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace resonance::engine {

/// A list of tracks to play. A file from anywhere that it begins or ends with is a track without key and id.
struct TrackList {
  std::vector<catalog::Track> tracks;
  double duration_s = 0;
  std::string note;  ///< why it is shorter than asked; else empty
};

/// A playlist around the seeds of `request`, whose filter, weights and feedback hold; its re-ranking is
/// `settings.choice`. @throws Error as Searcher::search and ranking::make_playlist
TrackList playlist_around(const Searcher& searcher, const SearchRequest& request,
                          ranking::PlaylistSettings settings);

/// From one song to another in `settings.length` tracks, or in about `duration_s` if that is given.
/// @throws Error as Searcher::nearest, ranking::path_waypoints and ranking::choose_path
TrackList path_between(const Searcher& searcher, const QuerySource& start, const QuerySource& end,
                       const catalog::TrackFilter& filter, ranking::PathSettings settings,
                       std::optional<double> duration_s);

/// How a playlist's file names its tracks.
enum class PlaylistPaths { absolute, relative };

/// Writes a list as M3U8, XSPF or JSPF, by the suffix of `file` (.m3u8 or .m3u, .xspf, .jspf). Atomic.
/// @throws Error(invalid_argument) for another suffix; Error as AtomicFile
void write_playlist(const std::filesystem::path& file, std::span<const catalog::Track> tracks,
                    PlaylistPaths paths);

}  // namespace resonance::engine
