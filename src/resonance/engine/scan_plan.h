#pragma once

#include "resonance/catalog/catalog.h"
#include "resonance/engine/library_scan.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace resonance::engine {

/// A file that has to be looked at.
struct WorkItem {
  ScannedFile file;
  bool known_path = false;  ///< the catalog has another state of this path
};

/// What a scan means for a catalog, before any file is opened.
struct ScanPlan {
  std::vector<WorkItem> work;         ///< new and changed files, in order of path
  std::vector<std::int64_t> missing;  ///< keys of tracks under the roots whose file is gone, or moved
  std::vector<catalog::FailedFile>
      still_failed;                          ///< failed before, unchanged since, and not for want of access
  std::vector<std::string> failed_and_gone;  ///< paths that failed before and are no longer there
  std::size_t unchanged = 0;
};

/// Pure: compares by path and stamp. Tracks outside the scanned roots, and those under an unreadable place,
/// are left alone: what cannot be seen is not gone.
ScanPlan plan_scan(const LibraryScan& scan, const std::vector<catalog::KnownFile>& known,
                   const std::vector<catalog::FailedFile>& failed, bool retry_failed);

}  // namespace resonance::engine
