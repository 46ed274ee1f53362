#include "resonance/ranking/neighbour_map.h"

#include "resonance/core/error.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>
#include <utility>

namespace resonance::ranking {
namespace {

// Fitted by least squares to 1 up to distance 0.1 and exp(-(d - 0.1)) beyond, as in section 3.2 of the paper.
constexpr double kA = 1.576943;
constexpr double kB = 0.895061;
constexpr double kMostForce = 4;
// sigma is no smaller than this share of the mean distance.
constexpr double kLeastSigma = 1e-3;
constexpr int kBisections = 64;
// UMAP's size of a new map.
constexpr double kExtent = 10;

[[noreturn]] void refuse(const std::string& what) { throw Error(ErrorCode::invalid_argument, what); }

std::vector<double> distances_of(std::size_t row, std::span<const RowNeighbour> neighbours,
                                 std::size_t rows) {
  std::vector<double> distances;
  for (const RowNeighbour& neighbour : neighbours) {
    if (neighbour.row >= rows) refuse("a neighbour is no row of the map");
    if (!std::isfinite(neighbour.similarity)) refuse("a similarity is not a number");
    if (neighbour.row != row) distances.push_back(std::max(0.0, 1 - double{neighbour.similarity}));
  }
  return distances;
}

double sum_of_strengths(const std::vector<double>& distances, double rho, double sigma) {
  double sum = 0;
  for (const double distance : distances) sum += distance > rho ? std::exp((rho - distance) / sigma) : 1;
  return sum;
}

// rho and sigma of a row's neighbours.
std::pair<double, double> local_scale(const std::vector<double>& distances, double mean_of_all) {
  double rho = std::numeric_limits<double>::infinity();
  double mean = 0;
  for (const double distance : distances) {
    if (distance > 0) rho = std::min(rho, distance);
    mean += distance / static_cast<double>(distances.size());
  }
  if (!std::isfinite(rho)) rho = 0;
  const double target = std::log2(static_cast<double>(distances.size()) + 1);
  double low = 0;
  double high = std::numeric_limits<double>::infinity();
  double sigma = 1;
  for (int i = 0; i < kBisections; ++i) {
    const double sum = sum_of_strengths(distances, rho, sigma);
    if (std::abs(sum - target) < 1e-9) break;
    (sum > target ? high : low) = sigma;
    sigma = std::isfinite(high) ? (low + high) / 2 : sigma * 2;
  }
  return {rho, std::max(sigma, kLeastSigma * (rho > 0 ? mean : mean_of_all))};
}

double clipped(double force) { return std::clamp(force, -kMostForce, kMostForce); }

// Coordinates on their way.
class Layout {
 public:
  Layout(std::vector<MapPoint> points, std::vector<double> mobility)
      : points_(std::move(points)), mobility_(std::move(mobility)) {}

  void attract(std::size_t a, std::size_t b, double rate) {
    const auto [dx, dy, squared] = difference(a, b);
    if (squared <= 0) return;
    const double force = map_attraction(squared);
    move(a, clipped(force * dx), clipped(force * dy), rate);
    move(b, -clipped(force * dx), -clipped(force * dy), rate);
  }

  void repel(std::size_t a, std::size_t b, double rate) {
    const auto [dx, dy, squared] = difference(a, b);
    if (squared <= 0) return;
    const double force = map_repulsion(squared);
    move(a, clipped(force * dx), clipped(force * dy), rate);
  }

  [[nodiscard]] const std::vector<MapPoint>& points() const { return points_; }

 private:
  struct Difference {
    double dx = 0;
    double dy = 0;
    double squared = 0;
  };
  [[nodiscard]] Difference difference(std::size_t a, std::size_t b) const {
    const double dx = points_[a].x - points_[b].x;
    const double dy = points_[a].y - points_[b].y;
    return {dx, dy, dx * dx + dy * dy};
  }
  void move(std::size_t point, double dx, double dy, double rate) {
    points_[point].x += rate * mobility_[point] * dx;
    points_[point].y += rate * mobility_[point] * dy;
  }

  std::vector<MapPoint> points_;
  std::vector<double> mobility_;
};

// A hair's breadth, so that no two points are at one place, where nothing pushes them apart.
MapPoint jittered(const MapPoint& point, std::mt19937_64& random) {
  const auto jitter = [&] { return (static_cast<double>(random() >> 11U) * 0x1p-53 - 0.5) * 1e-3; };
  const double x = jitter();
  return {point.x + x, point.y + jitter()};
}

std::vector<MapPoint> scaled(std::span<const MapPoint> principal, std::mt19937_64& random) {
  double largest = 0;
  for (const MapPoint& point : principal) largest = std::max({largest, std::abs(point.x), std::abs(point.y)});
  const double factor = largest > 0 ? kExtent / largest : 1;
  std::vector<MapPoint> points;
  points.reserve(principal.size());
  for (const MapPoint& point : principal) {
    points.push_back(jittered({point.x * factor, point.y * factor}, random));
  }
  return points;
}

// Earlier coordinates, and for new rows the mean of the neighbours that have some already, in rounds; what is
// connected to none of them begins in the middle of all.
std::vector<MapPoint> continued(std::span<const std::optional<MapPoint>> earlier,
                                std::span<const MapEdge> edges, std::mt19937_64& random) {
  std::vector<std::optional<MapPoint>> places(earlier.begin(), earlier.end());
  MapPoint middle;
  double known = 0;
  for (const auto& place : places) {
    if (!place) continue;
    known += 1;
    middle.x += (place->x - middle.x) / known;
    middle.y += (place->y - middle.y) / known;
  }
  for (bool found = true; found;) {
    found = false;
    std::vector<MapPoint> sums(places.size());
    std::vector<double> weights(places.size());
    const auto take_over = [&](std::size_t to, std::size_t from, double strength) {
      if (places[to] || !places[from]) return;
      sums[to].x += strength * places[from]->x;
      sums[to].y += strength * places[from]->y;
      weights[to] += strength;
    };
    for (const MapEdge& edge : edges) {
      take_over(edge.from, edge.to, edge.strength);
      take_over(edge.to, edge.from, edge.strength);
    }
    for (std::size_t i = 0; i < places.size(); ++i) {
      if (weights[i] <= 0) continue;
      places[i] = jittered({sums[i].x / weights[i], sums[i].y / weights[i]}, random);
      found = true;
    }
  }
  std::vector<MapPoint> points;
  points.reserve(places.size());
  for (const auto& place : places) points.push_back(place ? *place : jittered(middle, random));
  return points;
}

bool is_finite(const MapPoint& point) { return std::isfinite(point.x) && std::isfinite(point.y); }

}  // namespace

std::vector<MapEdge> map_edges(std::span<const std::vector<RowNeighbour>> neighbours) {
  std::vector<std::vector<double>> distances;
  double mean = 0;
  double count = 0;
  for (std::size_t row = 0; row < neighbours.size(); ++row) {
    distances.push_back(distances_of(row, neighbours[row], neighbours.size()));
    for (const double distance : distances.back()) mean += (distance - mean) / ++count;
  }
  std::vector<MapEdge> directed;  // with the smaller row first, so twice where both are neighbours
  for (std::size_t row = 0; row < neighbours.size(); ++row) {
    if (distances[row].empty()) continue;
    const auto [rho, sigma] = local_scale(distances[row], mean);
    std::size_t next = 0;
    for (const RowNeighbour& neighbour : neighbours[row]) {
      if (neighbour.row == row) continue;
      const double beyond = distances[row][next++] - rho;
      const double strength = beyond <= 0 || sigma <= 0 ? 1 : std::exp(-beyond / sigma);
      if (strength > 0)
        directed.push_back({std::min(row, neighbour.row), std::max(row, neighbour.row), strength});
    }
  }
  std::stable_sort(directed.begin(), directed.end(), [](const MapEdge& a, const MapEdge& b) {
    return a.from != b.from ? a.from < b.from : a.to < b.to;
  });
  std::vector<MapEdge> edges;
  for (const MapEdge& edge : directed) {
    if (!edges.empty() && edges.back().from == edge.from && edges.back().to == edge.to) {
      edges.back().strength += edge.strength - edges.back().strength * edge.strength;
    } else {
      edges.push_back(edge);
    }
  }
  return edges;
}

double map_attraction(double squared_distance) {
  const double power = std::pow(squared_distance, kB);
  return -2 * kA * kB * power / squared_distance / (1 + kA * power);
}

double map_repulsion(double squared_distance) {
  return 2 * kB / ((0.001 + squared_distance) * (1 + kA * std::pow(squared_distance, kB)));
}

std::vector<MapPoint> neighbour_map(std::span<const std::vector<RowNeighbour>> neighbours,
                                    std::span<const std::optional<MapPoint>> earlier,
                                    std::span<const MapPoint> principal,
                                    const NeighbourMapSettings& settings) {
  const std::size_t rows = neighbours.size();
  if (principal.size() != rows || (!earlier.empty() && earlier.size() != rows)) {
    refuse("a map needs neighbours and a start for each row");
  }
  if (!(settings.known_mobility >= 0 && settings.known_mobility <= 1)) {
    refuse("the mobility of known tracks is a number from 0 to 1");
  }
  const bool fresh =
      std::none_of(earlier.begin(), earlier.end(), [](const auto& place) { return place.has_value(); });
  if (!std::all_of(principal.begin(), principal.end(), is_finite) ||
      !std::all_of(earlier.begin(), earlier.end(),
                   [](const auto& place) { return !place || is_finite(*place); })) {
    refuse("a coordinate of a map is not a number");
  }
  if (rows < 2) return std::vector<MapPoint>(rows, fresh || rows == 0 ? MapPoint{} : *earlier.front());

  const std::vector<MapEdge> edges = map_edges(neighbours);
  std::mt19937_64 random(settings.seed);
  std::vector<double> mobility(rows, 1);
  for (std::size_t i = 0; i < earlier.size(); ++i) {
    if (earlier[i]) mobility[i] = settings.known_mobility;
  }
  Layout layout(fresh ? scaled(principal, random) : continued(earlier, edges, random), std::move(mobility));

  // An edge comes up in proportion to its strength: the strongest in every epoch.
  double strongest = 0;
  for (const MapEdge& edge : edges) strongest = std::max(strongest, edge.strength);
  std::vector<double> due(edges.size());
  for (int epoch = 0; epoch < settings.epochs; ++epoch) {
    const double rate = 1 - static_cast<double>(epoch) / settings.epochs;
    for (std::size_t e = 0; e < edges.size(); ++e) {
      due[e] += edges[e].strength / strongest;
      if (due[e] < 1) continue;
      due[e] -= 1;
      // Both directions of the edge, as in UMAP's symmetric graph; a point is pushed as often as it is
      // pulled.
      for (const auto& [point, other] :
           {std::pair(edges[e].from, edges[e].to), std::pair(edges[e].to, edges[e].from)}) {
        layout.attract(point, other, rate);
        for (int i = 0; i < settings.repulsions; ++i) {
          const auto stranger = static_cast<std::size_t>(random() % rows);
          if (stranger != point) layout.repel(point, stranger, rate);
        }
      }
    }
  }
  return layout.points();
}

}  // namespace resonance::ranking
