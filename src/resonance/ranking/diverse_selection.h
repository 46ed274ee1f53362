#pragma once

#include <cstddef>
#include <functional>
#include <limits>
#include <span>
#include <vector>

namespace resonance::ranking {

/// At most this many of each group, e.g. of each artist.
struct Cap {
  static constexpr std::size_t kUngrouped = std::numeric_limits<std::size_t>::max();
  std::vector<std::size_t> group_of;  ///< of each of the N items; kUngrouped ones are not counted
  std::size_t most = 1;
  std::vector<std::size_t>
      taken{};  ///< groups that something outside has taken a place of, each once a place
};

/// Maximal marginal relevance (Carbonell & Goldstein 1998): picks one after the other the item i with the
/// greatest (1 - d) relevance_i - d max over the chosen j of similarity(i, j), among those that no cap
/// forbids; the first by relevance alone. Equal values: the earlier item. Costs K * N calls of `similarity`,
/// none for d = 0.
/// @param relevance   N finite values
/// @param similarity  of two items by position, finite, on relevance's scale
/// @param diversity   d in [0, 1]; 0 is the order of relevance
/// @param count       K
/// @return positions of at most K items, in the order in which they were chosen
/// @throws Error(invalid_argument) for a diversity outside [0, 1] or a cap of another size
std::vector<std::size_t> diverse_selection(std::span<const double> relevance,
                                           const std::function<double(std::size_t, std::size_t)>& similarity,
                                           double diversity, std::size_t count, std::span<const Cap> caps);

}  // namespace resonance::ranking
