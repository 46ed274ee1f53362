#pragma once

#include "resonance/core/description.h"
#include "resonance/ranking/track_facts.h"

#include <string>
#include <vector>

namespace resonance::ranking {

/// Similarities of two tracks, modality by modality, in [-1, 1].
struct ModalityScores {
  float timbre = 0;
  float harmony = 0;
  float rhythm = 0;
};

/// Why `result` answers `query`, in words and numbers, the most telling first; only what is true of both.
/// E.g. {"similar tempo (128 vs 126 BPM)", "both in A minor", "bright", "dense percussion"}.
std::vector<std::string> reasons(const TrackFacts& query, const TrackFacts& result,
                                 const ModalityScores& scores);

/// Words for a track by itself: {"128 BPM", "A minor", "bright", "dense percussion", "loud"}.
std::vector<std::string> traits(const Description& description);

}  // namespace resonance::ranking
