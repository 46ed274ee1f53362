#pragma once

#include <cstddef>
#include <functional>
#include <vector>

namespace resonance::ranking {

/// Which ends of an order stay where they are.
struct FixedEnds {
  bool first = true;
  bool last = false;
};

/// From `order[0]` on always to the nearest track that is left, ties to the earlier in `order`. The last one
/// stays the last if it is fixed. O(N^2).
std::vector<std::size_t> nearest_neighbour_order(const std::vector<std::size_t>& order,
                                                 const std::function<double(std::size_t, std::size_t)>& cost,
                                                 const FixedEnds& ends);

/// An order whose sum of costs from each to the next no reversal of a stretch (2-opt, Croes 1958) and no move
/// of up to three neighbours (Or-opt, Or 1976) makes cheaper; never dearer than `order`. The cost of going
/// from a to b need not be that of b to a. Deterministic. O(N^2) a pass and memory, at most 200 passes.
/// @param order  any numbers that `cost` understands
/// @throws Error(limit_exceeded) for more than 2000
std::vector<std::size_t> improved_order(std::vector<std::size_t> order,
                                        const std::function<double(std::size_t, std::size_t)>& cost,
                                        const FixedEnds& ends);

}  // namespace resonance::ranking
