#pragma once

#include "resonance/core/matrix.h"
#include "resonance/ranking/duplicates.h"
#include "resonance/ranking/flow.h"

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <vector>

/// From one song to another through the catalog.
///
/// 1. path_waypoints(): points at even angles along the great circle between the two embeddings.
/// 2. The caller searches the index for the tracks nearest to each waypoint; their union is the pool.
/// 3. choose_path(): each pool track is given to at most one waypoint, in order of angle, so that every
/// waypoint
///    gets its first, then its second ... up to 32; then the cheapest way that takes one track at each
///    waypoint (dynamic programming), where a step costs the square of its angle, so that even steps are
///    cheapest.
///
/// Why not the nearest track to each waypoint: real tracks lie far from the great circle, the same few are
/// nearest to several waypoints, and their steps are uneven. Why not the widest path in the graph of nearest
/// neighbours: it has the length that it has, and a person asks for twelve songs. No track can come twice,
/// since each belongs to one waypoint; the length is what was asked, unless the pool is smaller.
namespace resonance::ranking {

/// @param start, end  D values of unit length
/// @param length      of the path, both ends included
/// @return length x D, unit rows; the first and the last are start and end
/// @throws Error(invalid_argument) for a length below 2, dimensions that differ, a vector that is not of unit
/// length
///         (silence) or two that are the same
Matrix path_waypoints(std::span<const float> start, std::span<const float> end, std::size_t length);

struct PathSettings {
  std::size_t length = 10;     ///< tracks, both ends included
  FlowSettings flow{};         ///< directions: steps against them are avoided wherever the pool has others
  DuplicateRule duplicates{};  ///< no near-duplicates of each other or of the ends
};

struct Path {
  std::vector<std::size_t> between;  ///< positions in the pool, from start to end; the ends are not in it
  std::string note;                  ///< why it is shorter than asked, in a sentence; else empty
};

/// Step 3 above. Silence in the pool is passed over. Besides its angle a step costs a little for its facts (a
/// tenth of FlowCost::of_facts). Deterministic whatever the order of the pool: equal angles go by id. O(P L D
/// + L 32^2 D + P^2) for P tracks and L waypoints.
/// @throws Error(invalid_argument) as path_waypoints
Path choose_path(const Candidate& start, const Candidate& end, std::span<const Candidate> pool,
                 const PathSettings& settings);

/// How many tracks last about `duration_s`, from the mean duration of the tracks: at least 2, at most 1000.
std::size_t tracks_lasting(double duration_s, std::span<const Candidate> tracks);

}  // namespace resonance::ranking
