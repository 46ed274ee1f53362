#pragma once

#include "resonance/evaluation/ranking_score.h"

#include <cstddef>
#include <span>
#include <vector>

namespace resonance::evaluation {

/// Where a segment lies.
struct SegmentPlace {
  std::size_t track = 0;
  double start_s = 0;
};

/// Same-track retrieval: one segment of a track is asked for, the other segments of that track are right,
/// those of all others wrong. What shares more than `overlap_s` with the query is no candidate: finding the
/// same sound again proves nothing. Immutable.
class SegmentTask {
 public:
  /// @param places  S segments, all of `length_s`
  /// @param seed    chooses the query of each track
  SegmentTask(std::vector<SegmentPlace> places, double length_s, double overlap_s, unsigned seed);

  /// One segment of each track that has one with something to be found.
  [[nodiscard]] const std::vector<std::size_t>& queries() const { return queries_; }
  /// S roles for a query. O(S).
  [[nodiscard]] std::vector<Role> roles(std::size_t query) const;
  [[nodiscard]] std::span<const SegmentPlace> places() const { return places_; }

 private:
  [[nodiscard]] bool apart(const SegmentPlace& a, const SegmentPlace& b) const;

  std::vector<SegmentPlace> places_;
  double length_s_;
  double overlap_s_;
  std::vector<std::size_t> queries_;
};

}  // namespace resonance::evaluation
