#pragma once

#include "resonance/catalog/catalog.h"
#include "resonance/engine/search_request.h"
#include "resonance/engine/snapshot.h"
#include "resonance/ranking/candidate.h"

#include <memory>
#include <vector>

namespace resonance::engine {

/// Tracks of the catalog, and the same as ranking's functions take them: in the same order. Embeddings point
/// into the snapshot, which this keeps.
struct FoundTracks {
  std::shared_ptr<const Snapshot> snapshot;
  std::vector<catalog::Track> tracks;  ///< without descriptors
  std::vector<ranking::Candidate> candidates;
};

/// A source as ranking takes it; it points into `source`. A file that is no track of the catalog has its path
/// for an id.
ranking::Candidate candidate_of(const QuerySource& source);

}  // namespace resonance::engine
