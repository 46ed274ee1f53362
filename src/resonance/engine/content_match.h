#pragma once

#include "resonance/catalog/catalog.h"
#include "resonance/core/content_hash.h"
#include "resonance/engine/scan_plan.h"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace resonance::engine {

/// What a file holds now.
struct ProbedFile {
  std::size_t work = 0;  ///< index into ScanPlan::work
  ContentHash hash;
  Tags tags;
};

/// A new file with the content of a track that stays where it is.
struct Copy {
  std::size_t probed = 0;  ///< index into the probed files
  std::int64_t key = 0;    ///< of that track
};

/// What the contents of files mean for the tracks of a catalog.
struct ContentMatch {
  std::vector<catalog::FileUpdate> updates;  ///< all at once: places may be exchanged among them
  std::size_t moved = 0;                     ///< of the updates, those whose path changed
  std::vector<Copy> copies;                  ///< after the updates
  std::vector<bool> settled;                 ///< of each item of work: whether any of the above has it
  std::vector<std::int64_t> gone;            ///< missing tracks that were found nowhere
};

/// Pure: recognises retagged, moved and copied recordings by content, whatever chain or circle the moves
/// make. A track is free to be found elsewhere if its file is missing, or if its path holds other content
/// now.
/// @param probed  of the files that could be read; the others stay unsettled
ContentMatch match_content(const ScanPlan& plan, const std::vector<ProbedFile>& probed,
                           const std::vector<catalog::KnownFile>& known);

}  // namespace resonance::engine
