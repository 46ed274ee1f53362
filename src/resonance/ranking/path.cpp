#include "resonance/ranking/path.h"

#include "resonance/core/error.h"
#include "resonance/ranking/vector_math.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

namespace resonance::ranking {
namespace {

constexpr std::size_t kMostAtWaypoint = 32;
constexpr double kFactsShare = 0.1;
// Two embeddings nearer than this are one point: floats cannot divide the way between them.
constexpr double kSamePoint = 1e-4;
constexpr double kHalfTurn = std::numbers::pi;

[[noreturn]] void refuse(const std::string& what) { throw Error(ErrorCode::invalid_argument, what); }

bool is_unit(std::span<const float> vector) {
  return std::abs(inner_product(vector, vector) - 1) < 1e-3;  // false for NaN too
}

// The unit vector at a right angle to `start` in the direction of `end`; of opposite points, any fixed one.
std::vector<double> departure(std::span<const float> start, std::span<const float> end) {
  std::vector<double> direction(end.begin(), end.end());
  add_scaled(direction, start, -inner_product(start, end));
  if (length_of(direction) < kSamePoint) {
    const auto flattest = std::min_element(start.begin(), start.end(),
                                           [](float a, float b) { return std::abs(a) < std::abs(b); });
    std::fill(direction.begin(), direction.end(), 0.0);
    direction[static_cast<std::size_t>(flattest - start.begin())] = 1;
    add_scaled(direction, start, -double{*flattest});
  }
  const double length = length_of(direction);
  for (double& value : direction) value /= length;
  return direction;
}

// Positions of the pool that may be on the path: no silence, no end, no copy of an end or of another.
std::vector<std::size_t> without_duplicates(const Candidate& start, const Candidate& end,
                                            std::span<const Candidate> pool, const DuplicateRule& rule) {
  std::vector<std::size_t> order(pool.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
  std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return pool[a].id != pool[b].id ? pool[a].id < pool[b].id : pool[a].row < pool[b].row;
  });
  std::vector<std::size_t> kept;
  for (const std::size_t i : order) {
    const auto is_copy_of = [&](const Candidate& other) {
      return pool[i].id == other.id || are_duplicates(pool[i], other, rule);
    };
    if (!is_unit(pool[i].embedding)) continue;
    const bool known =
        is_copy_of(start) || is_copy_of(end) ||
        std::any_of(kept.begin(), kept.end(), [&](std::size_t k) { return is_copy_of(pool[k]); });
    if (!known) kept.push_back(i);
  }
  return kept;
}

struct Pair {
  double angle = 0;
  std::size_t track = 0;  // in order of id
  std::size_t waypoint = 0;
};

// Tracks of each inner waypoint; those that got none are left out.
std::vector<std::vector<std::size_t>> layers_of(const Matrix& waypoints, std::span<const Candidate> pool,
                                                const std::vector<std::size_t>& tracks) {
  std::vector<Pair> pairs;
  const std::size_t inner = waypoints.rows() - 2;
  pairs.reserve(tracks.size() * inner);
  for (std::size_t t = 0; t < tracks.size(); ++t) {
    for (std::size_t w = 0; w < inner; ++w) {
      pairs.push_back({angle_between(pool[tracks[t]].embedding, waypoints.row(w + 1)), t, w});
    }
  }
  std::stable_sort(pairs.begin(), pairs.end(),
                   [](const Pair& a, const Pair& b) { return a.angle < b.angle; });

  std::vector<std::vector<std::size_t>> layers(inner);
  std::vector<bool> given(tracks.size());
  // One more for each waypoint in every round, so that none takes the only track of another.
  for (std::size_t round = 1; round <= kMostAtWaypoint; ++round) {
    for (const Pair& pair : pairs) {
      if (given[pair.track] || layers[pair.waypoint].size() >= round) continue;
      given[pair.track] = true;
      layers[pair.waypoint].push_back(tracks[pair.track]);
    }
    std::erase_if(pairs, [&](const Pair& pair) { return given[pair.track]; });
    if (pairs.empty()) break;
  }
  std::erase_if(layers, [](const auto& layer) { return layer.empty(); });
  return layers;
}

}  // namespace

Matrix path_waypoints(std::span<const float> start, std::span<const float> end, std::size_t length) {
  if (length < 2) refuse("a path has at least 2 tracks, its ends");
  if (start.size() != end.size()) refuse("the ends of a path have embeddings of different dimensions");
  if (!is_unit(start) || !is_unit(end)) refuse("there is no path from or to silence");
  const double angle = angle_between(start, end);
  if (angle < kSamePoint) refuse("the ends of a path sound the same; name two different tracks");
  const std::vector<double> direction = departure(start, end);
  Matrix waypoints(length, start.size());
  for (std::size_t i = 0; i < length; ++i) {
    const double turned = angle * static_cast<double>(i) / static_cast<double>(length - 1);
    std::vector<double> point(direction.size());
    for (std::size_t d = 0; d < point.size(); ++d) {
      point[d] = std::cos(turned) * double{start[d]} + std::sin(turned) * direction[d];
    }
    const std::vector<float> unit = normalised(point);
    std::copy(unit.begin(), unit.end(), waypoints.row(i).begin());
  }
  std::copy(start.begin(), start.end(), waypoints.row(0).begin());
  if (kHalfTurn - angle > kSamePoint) std::copy(end.begin(), end.end(), waypoints.row(length - 1).begin());
  return waypoints;
}

Path choose_path(const Candidate& start, const Candidate& end, std::span<const Candidate> pool,
                 const PathSettings& settings) {
  const Matrix waypoints = path_waypoints(start.embedding, end.embedding, settings.length);
  for (const Candidate& track : pool) {
    if (track.embedding.size() != waypoints.cols()) refuse("tracks have embeddings of different dimensions");
  }
  const auto layers = layers_of(waypoints, pool, without_duplicates(start, end, pool, settings.duplicates));

  std::vector<Candidate> tracks(pool.begin(), pool.end());
  tracks.push_back(start);
  tracks.push_back(end);
  const FlowCost flow(tracks, settings.flow);
  const auto step = [&](std::size_t from, std::size_t to) {
    const double angle = angle_between(tracks[from].embedding, tracks[to].embedding) / (std::numbers::pi / 2);
    return angle * angle + kFactsShare * flow.of_facts(from, to);
  };

  // cost[i][j] of the cheapest way to track j of layer i, and from which track of the layer before.
  std::vector<std::vector<std::size_t>> stations{{pool.size()}};
  stations.insert(stations.end(), layers.begin(), layers.end());
  stations.push_back({pool.size() + 1});
  std::vector<double> cost{0};
  std::vector<std::vector<std::size_t>> from;
  for (std::size_t i = 1; i < stations.size(); ++i) {
    std::vector<double> next(stations[i].size(), std::numeric_limits<double>::infinity());
    from.emplace_back(stations[i].size());
    for (std::size_t j = 0; j < stations[i].size(); ++j) {
      for (std::size_t k = 0; k < stations[i - 1].size(); ++k) {
        const double total = cost[k] + step(stations[i - 1][k], stations[i][j]);
        if (total >= next[j]) continue;
        next[j] = total;
        from.back()[j] = k;
      }
    }
    cost = std::move(next);
  }

  Path path;
  std::size_t at = 0;
  for (std::size_t i = stations.size() - 1; i > 1; --i) {
    at = from[i - 1][at];
    path.between.push_back(stations[i - 1][at]);
  }
  std::reverse(path.between.begin(), path.between.end());
  if (path.between.size() + 2 < settings.length) {
    path.note = "only " + std::to_string(path.between.size() + 2) + " of " + std::to_string(settings.length) +
                " tracks: there are no others between the two";
  }
  return path;
}

std::size_t tracks_lasting(double duration_s, std::span<const Candidate> tracks) {
  double total = 0;
  for (const Candidate& track : tracks) total += double{track.facts.description.duration_s};
  if (!(duration_s > 0) || !(total > 0)) return 2;
  const double count = std::round(duration_s * static_cast<double>(tracks.size()) / total);
  return static_cast<std::size_t>(std::clamp(count, 2.0, 1000.0));
}

}  // namespace resonance::ranking
