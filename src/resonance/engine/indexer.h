#pragma once

#include "resonance/engine/index_request.h"
#include "resonance/engine/progress.h"

#include <cstddef>
#include <filesystem>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

namespace resonance::engine {

struct IndexOptions {
  std::filesystem::path catalog_directory = "catalog";
  std::optional<std::filesystem::path> cache_directory;  ///< features kept by `precompute` are used if there
  /// As open_model(); the catalog's own, or the default for a new one, if nothing is said.
  std::optional<std::string> model;
  unsigned jobs = 0;          ///< worker threads; 0: one a core
  bool retry_failed = false;  ///< try files again that failed before and have not changed
  bool accept_empty = false;  ///< remove the tracks of a root that holds no audio file any more
  /// What the search index shall be from now on; if absent, as it was, or "auto".
  std::optional<IndexRequest> index{};
  /// Whether descriptors of the tracks' segments are kept from now on; if absent, as it was, or not.
  std::optional<bool> segments{};
  bool rebuild = false;  ///< make the search index anew, projection included, even if nothing changed
};

struct IndexReport {
  std::size_t tracks = 0;    ///< in the catalog now
  std::size_t analysed = 0;  ///< listened to
  std::size_t reused = 0;    ///< analysed from kept features or as a copy of a known recording, without audio
  std::size_t unchanged = 0;
  std::size_t segmented = 0;  ///< of those that were known, got the segments that they had not
  std::size_t moved = 0;
  std::size_t retagged = 0;
  std::size_t removed = 0;
  std::vector<FailedItem> failed;    ///< in order of path, those of earlier runs that still stand included
  std::vector<FailedItem> warnings;  ///< analysed in spite of damage
  bool cancelled = false;  ///< stopped on request: what is done is kept, the next run goes on from there
  double audio_s = 0;
  double elapsed_s = 0;
};

/// The main job: brings the catalog up to date with the audio files under `roots`. New and changed files are
/// analysed, moved and retagged ones recognised by their content, deleted ones removed; each file's result is
/// on disk as soon as it is known. A bad file is recorded and skipped.
/// @throws Error for what concerns the whole run: a root or catalog that cannot be opened, a full disk
IndexReport index_library(const std::vector<std::filesystem::path>& roots, const IndexOptions& options,
                          const ProgressCallback& progress, const std::stop_token& stop);

}  // namespace resonance::engine
