#pragma once

#include "resonance/catalog/catalog.h"
#include "resonance/engine/search_request.h"
#include "resonance/engine/snapshot.h"
#include "resonance/ranking/candidate.h"

#include <cstddef>
#include <filesystem>
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

/// How many candidates of an answer are looked at first: more than it holds where re-ranking can take some
/// away, or looks beyond the best K.
std::size_t first_choice(const ranking::RerankSettings& settings, std::size_t seeds, bool without_hubs);

/// @throws Error(invalid_argument) naming what an index has, for a setting that it has not
void check_settings(const index::SearchSettings& settings, const index::VectorIndex& index,
                    const IndexRecord& record, const std::filesystem::path& catalog);

}  // namespace resonance::engine
