#pragma once

namespace resonance::ranking {

/// A track's place on a two-dimensional map. Only relative distances mean something.
struct MapPoint {
  double x = 0;
  double y = 0;

  friend bool operator==(const MapPoint&, const MapPoint&) = default;
};

}  // namespace resonance::ranking
