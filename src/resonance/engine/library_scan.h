#pragma once

#include "resonance/catalog/catalog.h"

#include <cstdint>
#include <filesystem>
#include <stop_token>
#include <string>
#include <vector>

namespace resonance::engine {

/// An audio file found in a library.
struct ScannedFile {
  std::string path;  ///< absolute, bytes as the file system has them
  catalog::FileStamp stamp;
};

/// A folder or file that could not be looked at; what lies beneath is unknown, not gone.
struct UnreadablePlace {
  std::string path;
  std::string error_code;
  std::string message;
};

struct LibraryScan {
  std::vector<std::string> roots;  ///< canonical
  std::vector<ScannedFile> files;  ///< in order of path, each once
  std::vector<UnreadablePlace> unreadable;
};

/// Finds the audio files (by suffix) under `roots`, each a folder or a single file. Symbolic links are
/// followed, each real folder is entered once, so that loops end; names that start with a dot are passed
/// over.
/// @throws Error(not_found, unreadable) for a root that cannot be opened at all; Error(cancelled)
LibraryScan scan_library(const std::vector<std::filesystem::path>& roots, const std::stop_token& stop);

/// Whether `path` is `root` or lies beneath it.
bool lies_under(std::string_view path, std::string_view root);

}  // namespace resonance::engine
