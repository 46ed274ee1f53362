#pragma once

#include "resonance/engine/progress.h"
#include "resonance/engine/tag_plan.h"
#include "resonance/tagging/tag_fields.h"

#include <cstddef>
#include <filesystem>
#include <stop_token>
#include <string>
#include <vector>

namespace resonance::engine {

struct TagWriteReport {
  std::vector<std::string> written;  ///< paths
  std::size_t unchanged = 0;         ///< had nothing to be written any more
  std::vector<FailedItem> failed;    ///< these files are as they were
  bool cancelled = false;            ///< stopped on request between two files
};

/// Writes what a plan accepts into the files, one after the other. Each is changed as tagging::TagEdit says,
/// after its copy has proved to hold the same audio (ContentHash) and what was there has gone into the
/// backup. A tag that has appeared since the plan was made stays, unless `overwrite`. The catalog itself is
/// not changed: the next `index` run recognises the files as retagged. Nobody else may write the catalog
/// meanwhile.
/// @throws Error(busy, unreadable, no_space) for the catalog and its backup; trouble with a file is in the
/// report
TagWriteReport write_tags(const std::filesystem::path& catalog_directory, const TagPlan& plan, bool overwrite,
                          const ProgressCallback& progress, const std::stop_token& stop);

/// What taking back would do to a file.
struct TagUndo {
  std::string path;  ///< where the recording is now
  tagging::TagFields fields;
};

struct TagUndoReport {
  std::vector<TagUndo> undone;
  std::size_t unchanged = 0;  ///< said again what they said before
  std::vector<FailedItem> failed;
  bool cancelled = false;
};

struct TagUndoOptions {
  bool dry_run = false;
  bool overwrite = false;  ///< also where a tag says something else than what was written
};

/// Takes back the latest run of write_tags() that was not taken back yet; the next call the one before. Only
/// the fields that were written are set, to what they were before. A file that has moved is found by its
/// recording.
/// @throws Error(not_found) if there is nothing to take back; Error as write_tags()
TagUndoReport undo_tags(const std::filesystem::path& catalog_directory, const TagUndoOptions& options,
                        const ProgressCallback& progress, const std::stop_token& stop);

}  // namespace resonance::engine
