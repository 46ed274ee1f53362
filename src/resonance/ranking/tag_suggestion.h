#pragma once

#include "resonance/ranking/calibration.h"
#include "resonance/ranking/expansion.h"

#include <cstddef>
#include <span>
#include <string>
#include <vector>

/// Genres, moods and styles for tracks that have none, from the person's own tags on tracks that sound alike:
/// k nearest neighbours with weights (Dudani 1976), and a confidence that was measured on the same library.
namespace resonance::ranking {

/// A labelled track near the one in question.
struct LabelledNeighbour {
  double similarity = 0;            ///< [-1, 1]
  std::vector<std::string> labels;  ///< e.g. its genres (core/tag_parts.h); none: it is passed over
};

struct TagSuggestion {
  std::string label;      ///< in the commonest of the neighbours' spellings
  double score = 0;       ///< share of the neighbours' weight, [0, 1]
  double confidence = 0;  ///< what the score is worth: the share of such suggestions that are right, [0, 1]
};

struct TagSettings {
  double least_confidence = 0;  ///< suggestions below are left out
  std::size_t most = 5;
};

/// What the neighbours suggest, the surest first, equal ones in order of label. A neighbour weighs
/// exp((similarity - the greatest similarity) / 0.1): one that is 0.1 further away counts about a third.
/// Labels that are equal folded (core/folded_text.h) are one. Neighbours with several labels vote for each in
/// full.
/// @throws Error(invalid_argument) for a similarity that is not finite
std::vector<TagSuggestion> suggest_tags(std::span<const LabelledNeighbour> neighbours,
                                        const Calibration& calibration, const TagSettings& settings);

/// Judgements to calibrate with: for each labelled track every suggestion that its neighbours would make, and
/// whether the track has that label. A track is never its own neighbour.
/// @param labels      of N tracks; tracks without labels are not judged
/// @param neighbours  N lists of similar rows, as many as will be used for suggestions
/// @throws Error(invalid_argument) for sizes that differ, a neighbour that is no row, a similarity that is
/// not finite
std::vector<JudgedScore> leave_one_out(std::span<const std::vector<std::string>> labels,
                                       std::span<const std::vector<RowNeighbour>> neighbours);

}  // namespace resonance::ranking
