#pragma once

#include <cstdint>

namespace resonance::index {

/// A found vector: its row, and its score with the query: the inner product, or minus the squared distance,
/// so that more is better under either metric.
struct Neighbor {
  std::int64_t row = 0;
  float score = 0;

  friend bool operator==(const Neighbor&, const Neighbor&) = default;
};

/// The order of every answer: score descending, equal scores by row. Total for scores that are numbers.
inline bool is_better(const Neighbor& a, const Neighbor& b) noexcept {
  return a.score != b.score ? a.score > b.score : a.row < b.row;
}

}  // namespace resonance::index
