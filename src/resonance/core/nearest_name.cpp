#include "resonance/core/nearest_name.h"

#include <algorithm>
#include <cstddef>
#include <vector>

namespace resonance {
namespace {

// Optimal string alignment: insert, remove, replace, or exchange two neighbours.
std::size_t edit_distance(std::string_view a, std::string_view b) {
  const std::size_t width = b.size() + 1;
  std::vector<std::size_t> cost((a.size() + 1) * width);
  for (std::size_t i = 0; i <= a.size(); ++i) cost[i * width] = i;
  for (std::size_t j = 0; j <= b.size(); ++j) cost[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    for (std::size_t j = 1; j <= b.size(); ++j) {
      std::size_t best = std::min(cost[(i - 1) * width + j], cost[i * width + j - 1]) + 1;
      best = std::min(best, cost[(i - 1) * width + j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1));
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
        best = std::min(best, cost[(i - 2) * width + j - 2] + 1);
      }
      cost[i * width + j] = best;
    }
  }
  return cost.back();
}

}  // namespace

std::string_view nearest_name(std::string_view word, std::span<const std::string_view> names) {
  if (word.size() > 64) return {};
  std::string_view nearest;
  std::size_t least = 0;
  for (const std::string_view name : names) {
    const std::size_t distance = edit_distance(word, name);
    if (!nearest.empty() && distance >= least) continue;
    nearest = name;
    least = distance;
  }
  return least <= nearest.size() / 3 + 1 ? nearest : std::string_view();
}

}  // namespace resonance
