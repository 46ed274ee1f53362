#pragma once

#include "resonance/ranking/flow.h"
#include "resonance/ranking/rerank.h"

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace resonance::ranking {

struct PlaylistSettings {
  std::size_t length = 20;             ///< tracks
  std::optional<double> duration_s{};  ///< if given, about this long instead of `length` tracks
  bool with_seeds = true;              ///< the list begins with the first seed and holds the others
  bool in_flowing_order = true;        ///< else seeds, then the others as ranked
  FlowSettings flow{};
  /// `count` is not used; diversity, caps, duplicates and the rest are. Seeds in the list count for the caps.
  RerankSettings choice{.count = 0, .diversity = 0.3, .most_per_artist = 2, .duplicates = DuplicateRule{}};
};

struct Playlist {
  std::vector<std::size_t> tracks;  ///< positions: below the number of seeds a seed, then the candidates
  double duration_s = 0;
  std::string note;  ///< why it is shorter than asked, in a sentence; else empty
};

/// A list around the seeds. Which tracks: rerank()'s, so each once and no near-duplicates; with a direction
/// (tempo up, energy down) only those ahead of the first track, within the tolerance (flow.h). In what order:
/// the first seed first, or without seeds the best candidate; then the cheapest by FlowCost, found by 2-opt
/// and Or-opt from the nearest-neighbour order, or from the order of progress if a direction is wanted. A
/// length in minutes takes every next track that leads nearer to it.
/// @throws Error(invalid_argument) as rerank(), for a duration that is not positive; Error(limit_exceeded)
/// for more
///         than 2000 tracks in flowing order
Playlist make_playlist(std::span<const Candidate> candidates, const RerankContext& context,
                       const PlaylistSettings& settings);

}  // namespace resonance::ranking
