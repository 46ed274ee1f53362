#include "resonance/ranking/diverse_selection.h"

#include "resonance/core/error.h"

#include <algorithm>
#include <unordered_map>

namespace resonance::ranking {
namespace {

// How many of each group have been taken.
class CapCounter {
 public:
  explicit CapCounter(const Cap& cap) : cap_(&cap) {
    for (const std::size_t group : cap.taken) ++taken_[group];
  }
  [[nodiscard]] bool admits(std::size_t item) const {
    const std::size_t group = cap_->group_of[item];
    if (group == Cap::kUngrouped) return true;
    const auto taken = taken_.find(group);
    return (taken == taken_.end() ? 0 : taken->second) < cap_->most;
  }
  void take(std::size_t item) {
    if (cap_->group_of[item] != Cap::kUngrouped) ++taken_[cap_->group_of[item]];
  }

 private:
  const Cap* cap_;
  std::unordered_map<std::size_t, std::size_t> taken_;
};

}  // namespace

std::vector<std::size_t> diverse_selection(std::span<const double> relevance,
                                           const std::function<double(std::size_t, std::size_t)>& similarity,
                                           double diversity, std::size_t count, std::span<const Cap> caps) {
  if (!(diversity >= 0 && diversity <= 1)) {
    throw Error(ErrorCode::invalid_argument, "the weight of diversity is a number from 0 to 1");
  }
  std::vector<CapCounter> counters;
  for (const Cap& cap : caps) {
    if (cap.group_of.size() != relevance.size()) {
      throw Error(ErrorCode::invalid_argument, "a cap names one group for each item");
    }
    counters.emplace_back(cap);
  }

  std::vector<std::size_t> open(relevance.size());
  for (std::size_t i = 0; i < open.size(); ++i) open[i] = i;
  // Of each item with the nearest of those chosen so far.
  std::vector<double> nearest(relevance.size(), -std::numeric_limits<double>::infinity());
  const auto value = [&](std::size_t item, bool first) {
    return first ? relevance[item] : (1 - diversity) * relevance[item] - diversity * nearest[item];
  };

  std::vector<std::size_t> chosen;
  while (chosen.size() < count) {
    std::erase_if(open, [&](std::size_t item) {
      return std::any_of(counters.begin(), counters.end(),
                         [&](const CapCounter& counter) { return !counter.admits(item); });
    });
    if (open.empty()) break;
    const bool first = chosen.empty() || diversity == 0;
    const auto best = std::max_element(open.begin(), open.end(), [&](std::size_t a, std::size_t b) {
      return value(a, first) < value(b, first);  // the first of equals is the greatest
    });
    const std::size_t picked = *best;
    open.erase(best);
    chosen.push_back(picked);
    for (CapCounter& counter : counters) counter.take(picked);
    if (diversity == 0) continue;
    for (const std::size_t item : open) nearest[item] = std::max(nearest[item], similarity(item, picked));
  }
  return chosen;
}

}  // namespace resonance::ranking
