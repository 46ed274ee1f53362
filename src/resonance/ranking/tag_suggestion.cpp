#include "resonance/ranking/tag_suggestion.h"

#include "resonance/core/error.h"
#include "resonance/core/folded_text.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <set>

namespace resonance::ranking {
namespace {

constexpr double kSimilarityScale = 0.1;

// Votes for one label.
struct Votes {
  double weight = 0;
  std::map<std::string, double> spellings;

  [[nodiscard]] const std::string& commonest() const {
    return std::max_element(spellings.begin(), spellings.end(),
                            [](const auto& a, const auto& b) { return a.second < b.second; })
        ->first;
  }
};

std::set<std::string> folded_set(const std::vector<std::string>& labels) {
  std::set<std::string> folded;
  for (const std::string& label : labels) folded.insert(folded_text(label));
  folded.erase("");
  return folded;
}

// By folded label, with the sum of all weights.
std::pair<std::map<std::string, Votes>, double> count_votes(std::span<const LabelledNeighbour> neighbours) {
  double greatest = -std::numeric_limits<double>::infinity();
  for (const LabelledNeighbour& neighbour : neighbours) {
    if (!std::isfinite(neighbour.similarity)) {
      throw Error(ErrorCode::invalid_argument, "the similarity of a neighbour is not a number");
    }
    if (!folded_set(neighbour.labels).empty()) greatest = std::max(greatest, neighbour.similarity);
  }
  std::map<std::string, Votes> votes;
  double total = 0;
  for (const LabelledNeighbour& neighbour : neighbours) {
    const double weight = std::exp((neighbour.similarity - greatest) / kSimilarityScale);
    std::set<std::string> voted;  // a label given twice is one vote
    for (const std::string& label : neighbour.labels) {
      const std::string folded = folded_text(label);
      if (folded.empty() || !voted.insert(folded).second) continue;
      votes[folded].weight += weight;
      votes[folded].spellings[label] += weight;
    }
    if (!voted.empty()) total += weight;
  }
  return {std::move(votes), total};
}

}  // namespace

std::vector<TagSuggestion> suggest_tags(std::span<const LabelledNeighbour> neighbours,
                                        const Calibration& calibration, const TagSettings& settings) {
  const auto [votes, total] = count_votes(neighbours);
  std::vector<TagSuggestion> suggestions;
  for (const auto& [folded, vote] : votes) {
    const double score = std::min(vote.weight / total, 1.0);
    const double confidence = calibration.worth(score);
    if (confidence >= settings.least_confidence) suggestions.push_back({vote.commonest(), score, confidence});
  }
  // In order of label already; a score decides where the calibration tells no difference.
  std::stable_sort(suggestions.begin(), suggestions.end(),
                   [](const TagSuggestion& a, const TagSuggestion& b) {
                     return a.confidence != b.confidence ? a.confidence > b.confidence : a.score > b.score;
                   });
  if (suggestions.size() > settings.most) suggestions.resize(settings.most);
  return suggestions;
}

std::vector<JudgedScore> leave_one_out(std::span<const std::vector<std::string>> labels,
                                       std::span<const std::vector<RowNeighbour>> neighbours) {
  if (labels.size() != neighbours.size()) {
    throw Error(ErrorCode::invalid_argument, "there have to be labels and neighbours for each track");
  }
  std::vector<JudgedScore> judged;
  for (std::size_t track = 0; track < labels.size(); ++track) {
    const std::set<std::string> own = folded_set(labels[track]);
    if (own.empty()) continue;
    std::vector<LabelledNeighbour> others;
    for (const RowNeighbour& neighbour : neighbours[track]) {
      if (neighbour.row >= labels.size()) throw Error(ErrorCode::invalid_argument, "a neighbour is no track");
      if (neighbour.row != track) others.push_back({double{neighbour.similarity}, labels[neighbour.row]});
    }
    const auto [votes, total] = count_votes(others);
    for (const auto& [label, vote] : votes) {
      judged.push_back({std::min(vote.weight / total, 1.0), own.contains(label)});
    }
  }
  return judged;
}

}  // namespace resonance::ranking
