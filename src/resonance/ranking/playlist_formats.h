#pragma once

#include <span>
#include <string>

/// Playlists as files of other programs. Pure functions to the file's bytes; the caller writes them.
///
/// Text (titles, artists, albums) is made one line of valid UTF-8: broken bytes become U+FFFD, control
/// characters and newlines a space. Paths are never changed, whatever their bytes: XSPF and JSPF have
/// percent-encoded file URIs, M3U8 has the bytes themselves, or, where a line of UTF-8 cannot hold them
/// (newlines, broken UTF-8, blanks at the ends), a percent-encoded file URI.
namespace resonance::ranking {

struct PlaylistEntry {
  std::string path;  ///< absolute, bytes as the file system has them
  std::string title;
  std::string artist;
  std::string album;
  double duration_s = 0;  ///< 0: not known
};

struct PlaylistFile {
  std::string title;  ///< of the list; may be empty
  std::string
      folder{};  ///< absolute; if given, paths are relative to it: the folder that the file will lie in
};

/// UTF-8, "#EXTM3U", "#EXTINF:seconds,Artist - Title". A track without a title has its file's name.
/// All three @throws Error(invalid_argument) for a path or folder that is not absolute
std::string m3u8(std::span<const PlaylistEntry> entries, const PlaylistFile& file);

/// XSPF version 1 (https://www.xspf.org/spec): durations in milliseconds.
std::string xspf(std::span<const PlaylistEntry> entries, const PlaylistFile& file);

/// XSPF's JSON form (https://www.xspf.org/jspf).
std::string jspf(std::span<const PlaylistEntry> entries, const PlaylistFile& file);

}  // namespace resonance::ranking
