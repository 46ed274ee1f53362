#include "resonance/ranking/flow.h"

#include "resonance/core/error.h"
#include "resonance/ranking/vector_math.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace resonance::ranking {
namespace {

constexpr double kUnknown = 0.5;
constexpr double kSameArtist = 0.5;
constexpr double kAgainst = 100;
constexpr double kTempoTolerance =
    0.0566;  // log2(1.04), the tolerance of tempo evaluation (Gouyon et al. 2006)
constexpr double kEnergyTolerance = 0.05;
constexpr double kMostKeySteps = 7;

double sign_of(Direction direction) {
  if (direction == Direction::any) return 0;
  return direction == Direction::up ? 1 : -1;
}

// Steps of tempo by an octave are tapped differently rather than heard.
double tempo_cost(double octaves) {
  const double apart = std::abs(octaves);
  return std::min(2 * std::min(apart, std::abs(apart - 1)), 1.0);
}

}  // namespace

FlowCost::FlowCost(std::span<const Candidate> tracks, const FlowSettings& settings) : settings_(settings) {
  for (const Candidate& track : tracks) {
    if (track.embedding.size() != tracks.front().embedding.size()) {
      throw Error(ErrorCode::invalid_argument, "tracks have embeddings of different dimensions");
    }
    const Description& about = track.facts.description;
    Point point;
    point.embedding = track.embedding;
    if (has_tempo(about)) point.tempo_octaves = std::log2(double{about.tempo_bpm});
    if (has_key(about)) point.key = MusicalKey{about.key_tonic, about.key_minor};
    point.energy = double{about.energy};
    point.artist = artist_identity(track.facts.tags);
    points_.push_back(std::move(point));
  }
}

double FlowCost::operator()(std::size_t from, std::size_t to) const {
  const double angle = angle_between(points_[from].embedding, points_[to].embedding);
  return angle / (std::numbers::pi / 2) + of_facts(from, to);
}

double FlowCost::of_facts(std::size_t from, std::size_t to) const {
  const Point& a = points_[from];
  const Point& b = points_[to];
  double cost = std::abs(a.energy - b.energy);
  cost += a.tempo_octaves && b.tempo_octaves ? tempo_cost(*b.tempo_octaves - *a.tempo_octaves) : kUnknown;
  cost += a.key && b.key ? key_distance(*a.key, *b.key) / kMostKeySteps : kUnknown;
  if (!a.artist.empty() && a.artist == b.artist) cost += kSameArtist;
  return cost + kAgainst * against(a, b);
}

double FlowCost::against(const Point& from, const Point& to) const {
  double against = std::max(0.0, sign_of(settings_.energy) * (from.energy - to.energy) - kEnergyTolerance);
  if (from.tempo_octaves && to.tempo_octaves) {
    const double back = sign_of(settings_.tempo) * (*from.tempo_octaves - *to.tempo_octaves);
    against += std::max(0.0, back - kTempoTolerance);
  }
  return against;
}

double FlowCost::progress(std::size_t track) const {
  const Point& point = points_[track];
  return sign_of(settings_.tempo) * point.tempo_octaves.value_or(0) +
         sign_of(settings_.energy) * point.energy;
}

bool FlowCost::is_ahead(std::size_t from, std::size_t to) const {
  if (settings_.tempo != Direction::any && !points_[to].tempo_octaves) return false;
  return against(points_[from], points_[to]) == 0;
}

}  // namespace resonance::ranking
