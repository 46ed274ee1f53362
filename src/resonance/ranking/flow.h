#pragma once

#include "resonance/core/musical_key.h"
#include "resonance/ranking/candidate.h"

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <vector>

/// An order of tracks that flows.
namespace resonance::ranking {

enum class Direction { any, up, down };

/// Where a list of tracks should lead.
struct FlowSettings {
  Direction tempo = Direction::any;
  Direction energy = Direction::any;
};

/// How well one track follows another. With everything known it is the sum of
/// - the angle between the embeddings over a right angle, [0, 2];
/// - the tempo: the distance to the nearest of ratios 1/2, 1 and 2 in octaves, twice, [0, 1] at most;
/// - the key: steps on the Camelot wheel over 7 (core/musical_key.h), [0, 1];
/// - the change of energy, [0, 1];
/// - 0.5 if both are by the same artist;
/// - 100 times each step against a wanted direction, in octaves of tempo or units of energy, beyond a
/// tolerance of
///   4 % and 0.05: so large that it is avoided wherever possible.
/// A tempo or key that is not known, or not trusted (track_facts.h), costs half of what it could.
class FlowCost {
 public:
  /// @throws Error(invalid_argument) for embeddings of different dimensions
  FlowCost(std::span<const Candidate> tracks, const FlowSettings& settings);

  /// Of `to` following `from`, positions in the tracks.
  [[nodiscard]] double operator()(std::size_t from, std::size_t to) const;
  /// The same without the embeddings: for callers that count sound in another way.
  [[nodiscard]] double of_facts(std::size_t from, std::size_t to) const;
  /// What grows along a list that keeps the wanted directions; 0 for all if none is wanted.
  [[nodiscard]] double progress(std::size_t track) const;
  /// Whether `to` lies in the wanted directions from `from`, give or take the tolerance. A track whose tempo
  /// is not known lies in no direction of tempo.
  [[nodiscard]] bool is_ahead(std::size_t from, std::size_t to) const;

 private:
  struct Point {
    std::span<const float> embedding;
    std::optional<double> tempo_octaves;  ///< log2 of BPM
    std::optional<MusicalKey> key;
    double energy = 0;
    std::string artist;
  };
  [[nodiscard]] double against(const Point& from, const Point& to) const;

  FlowSettings settings_;
  std::vector<Point> points_;
};

}  // namespace resonance::ranking
