#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "training/data/feature_set.h"

namespace resonance::training {

using TrackPair = std::pair<std::size_t, std::size_t>;

/// Reads a JSON list of pairs of tracks that belong together: [["a.mp3", "b.mp3"], ...]. A track is named by
/// its path in the set, the end of it after a slash, or its id.
/// @param what  names the text in messages
/// @throws Error(corrupt_data) if the text is none; Error(not_found) naming what is no track of the set;
/// Error (invalid_argument) naming what means several tracks
std::vector<TrackPair> parse_pairs(std::string_view json, const std::vector<TrackInfo>& tracks,
                                   const std::string& what);

/// A number for each of `count` tracks, the same for all that pairs join: that of the first of them.
std::vector<std::size_t> joined_by(const std::vector<TrackPair>& pairs, std::size_t count);

}  // namespace resonance::training
