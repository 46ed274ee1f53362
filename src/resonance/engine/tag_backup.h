#pragma once

#include "resonance/core/content_hash.h"
#include "resonance/tagging/tag_fields.h"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace resonance::engine {

/// One change of one file's tags, or its taking back.
struct TagChange {
  enum class Kind { write, undo };
  Kind kind = Kind::write;
  std::int64_t run = 0;       ///< which run of the program it belongs to: when that began, ns since the epoch
  std::string path;           ///< bytes as the file system has them
  ContentHash hash;           ///< of the recording
  tagging::TagFields before;  ///< of each field that was changed
  tagging::TagFields after;

  friend bool operator==(const TagChange&, const TagChange&) = default;
};

struct TagChanges {
  std::vector<TagChange> changes;  ///< in the order in which they were made
  std::size_t damaged_lines = 0;   ///< that could not be read, besides a last one that was cut off
};

/// What was in the files before their tags were written: tag-backup.jsonl in the catalog's folder, a JSON
/// object a line ("resonance_tag_backup": 1), only ever added to. Nothing else in the catalog knows it, so it
/// outlives a rebuild. A change is on the disk before the file it tells of is replaced; a file that was not,
/// since the program was killed in between, still says what it said before.
std::filesystem::path tag_backup_path(const std::filesystem::path& catalog_directory);

/// Adds a line, safe from a power cut when it returns. After a refusal the file is as before.
/// @throws Error(unreadable, no_space) naming the file
void append_tag_change(const std::filesystem::path& backup, const TagChange& change);

/// Nothing if there is no backup. @throws Error(unreadable, limit_exceeded above 1 GiB)
TagChanges read_tag_changes(const std::filesystem::path& backup);

/// The changes of the latest run that has any that were not taken back: these, the last first.
std::vector<TagChange> last_changes(const std::vector<TagChange>& changes);

}  // namespace resonance::engine
