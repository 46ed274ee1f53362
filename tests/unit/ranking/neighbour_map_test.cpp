#include "resonance/ranking/neighbour_map.h"

#include "resonance/core/error.h"
#include "resonance/core/npy.h"
#include "resonance/ranking/principal_plane.h"
#include "resonance/ranking/vector_math.h"

#include <algorithm>
#include <cmath>
#include <fstream>
#include <limits>
#include <numeric>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace resonance::ranking {
namespace {

using Lists = std::vector<std::vector<RowNeighbour>>;

// The golden data of tests/golden/ranking/map/reference.py.
struct Golden {
  NpyFile points{RESONANCE_SOURCE_DIR "/tests/golden/ranking/map/points.npy"};
  NpyFile strengths{RESONANCE_SOURCE_DIR "/tests/golden/ranking/map/strengths.npy"};

  [[nodiscard]] std::span<const float> row(std::size_t i) const {
    return points.floats().subspan(i * points.cols(), points.cols());
  }
  // The 10 nearest among the first `count` rows.
  [[nodiscard]] Lists neighbours(std::size_t count) const {
    Lists lists(count);
    for (std::size_t i = 0; i < count; ++i) {
      for (std::size_t j = 0; j < count; ++j) {
        if (i != j) lists[i].push_back({j, static_cast<float>(inner_product(row(i), row(j)))});
      }
      std::stable_sort(lists[i].begin(), lists[i].end(), [](const RowNeighbour& a, const RowNeighbour& b) {
        return a.similarity > b.similarity;
      });
      lists[i].resize(10);
    }
    return lists;
  }
  [[nodiscard]] std::vector<MapPoint> plane(std::size_t count) const {
    const PrincipalPlane fitted = PrincipalPlane::fit(points.floats(), points.cols());
    std::vector<MapPoint> places;
    for (std::size_t i = 0; i < count; ++i) places.push_back(fitted.project(row(i)));
    return places;
  }
  // How far the 10 nearest on a map are from being near in truth (Venna & Kaski 2001), 1 is best.
  [[nodiscard]] double trustworthiness(const std::vector<MapPoint>& map) const {
    constexpr std::size_t kNear = 10;
    const std::size_t count = map.size();
    const auto ranks = [&](std::size_t i, const auto& closeness) {
      std::vector<std::size_t> order(count);
      std::iota(order.begin(), order.end(), 0);
      std::erase(order, i);
      std::stable_sort(order.begin(), order.end(),
                       [&](std::size_t a, std::size_t b) { return closeness(a) > closeness(b); });
      return order;
    };
    double penalty = 0;
    for (std::size_t i = 0; i < count; ++i) {
      const auto truth = ranks(i, [&](std::size_t j) { return inner_product(row(i), row(j)); });
      const auto shown =
          ranks(i, [&](std::size_t j) { return -std::hypot(map[i].x - map[j].x, map[i].y - map[j].y); });
      for (std::size_t k = 0; k < kNear; ++k) {
        const auto rank =
            static_cast<std::size_t>(std::find(truth.begin(), truth.end(), shown[k]) - truth.begin());
        if (rank >= kNear) penalty += static_cast<double>(rank + 1 - kNear);
      }
    }
    const auto n = static_cast<double>(count);
    return 1 - 2 * penalty / (n * kNear * (2 * n - 3 * kNear - 1));
  }
};

TEST(MapEdges, agree_with_the_reference_implementation) {
  const Golden golden;
  const std::vector<MapEdge> edges = map_edges(golden.neighbours(golden.points.rows()));
  ASSERT_EQ(edges.size(), golden.strengths.rows());
  for (std::size_t e = 0; e < edges.size(); ++e) {
    const auto expected = golden.strengths.floats().subspan(3 * e, 3);
    EXPECT_EQ(static_cast<float>(edges[e].from), expected[0]);
    EXPECT_EQ(static_cast<float>(edges[e].to), expected[1]);
    EXPECT_NEAR(edges[e].strength, double{expected[2]}, 2e-4);
  }
}

TEST(MapEdges, the_nearest_neighbour_belongs_wholly) {
  const Lists lists{{{1, 0.9F}, {2, 0.5F}}, {{0, 0.9F}, {2, 0.4F}}, {{0, 0.5F}, {1, 0.4F}}};
  const std::vector<MapEdge> edges = map_edges(lists);
  ASSERT_EQ(edges.size(), 3U);
  EXPECT_NEAR(edges[0].strength, 1, 1e-9);
  // Row 0: log2(3) - 1 for its second. Row 2: 1 for row 0, its nearest.
  EXPECT_NEAR(edges[1].strength, 1, 1e-9);
  const double second = std::log2(3.0) - 1;
  EXPECT_NEAR(edges[2].strength, second + second - second * second, 1e-6);
}

TEST(MapEdges, refuse_neighbours_that_are_no_rows_and_similarities_that_are_no_numbers) {
  EXPECT_THROW(map_edges(Lists{{{1, 0.5F}}}), Error);
  EXPECT_THROW(map_edges(Lists{{{1, std::numeric_limits<float>::quiet_NaN()}}, {}}), Error);
  EXPECT_TRUE(map_edges(Lists{{}, {}}).empty());
  EXPECT_TRUE(map_edges(Lists{{{0, 1.0F}}}).empty());
}

TEST(MapForces, are_the_derivatives_of_the_likelihoods) {
  const auto phi = [](double d) { return 1 / (1 + 1.576943 * std::pow(d, 2 * 0.895061)); };
  for (const double d : {0.05, 0.3, 1.0, 2.5, 8.0}) {
    constexpr double kStep = 1e-6;
    const double attraction = (std::log(phi(d + kStep)) - std::log(phi(d - kStep))) / (2 * kStep);
    EXPECT_NEAR(map_attraction(d * d) * d, attraction, 1e-6);
    const double repulsion = (std::log(1 - phi(d + kStep)) - std::log(1 - phi(d - kStep))) / (2 * kStep);
    EXPECT_NEAR(map_repulsion(d * d) * d * (d * d + 0.001) / (d * d), repulsion,
                1e-5);  // without the softening
  }
}

TEST(NeighbourMap, keeps_neighbours_together_as_well_as_the_reference_and_better_than_the_plane) {
  const Golden golden;
  std::ifstream file(RESONANCE_SOURCE_DIR "/tests/golden/ranking/map/quality.csv");
  std::string header;
  std::getline(file, header);
  double plane = 0;
  double reference = 0;
  char comma = ' ';
  file >> plane >> comma >> reference;
  ASSERT_GT(reference, plane);
  EXPECT_NEAR(golden.trustworthiness(golden.plane(200)), plane, 0.002);
  for (const std::uint64_t seed : {1U, 2U, 3U}) {
    NeighbourMapSettings settings;
    settings.seed = seed;
    const auto map = neighbour_map(golden.neighbours(200), {}, golden.plane(200), settings);
    EXPECT_GT(golden.trustworthiness(map), reference - 0.01) << seed;
  }
}

TEST(NeighbourMap, is_the_same_every_time) {
  const Golden golden;
  const auto once = neighbour_map(golden.neighbours(100), {}, golden.plane(100), {});
  EXPECT_EQ(neighbour_map(golden.neighbours(100), {}, golden.plane(100), {}), once);
}

TEST(NeighbourMap, hardly_moves_what_was_there_when_tracks_are_added) {
  const Golden golden;
  const auto first = neighbour_map(golden.neighbours(200), {}, golden.plane(200), {});
  std::vector<std::optional<MapPoint>> earlier(first.begin(), first.end());
  for (std::size_t i = 0; i < earlier.size(); i += 10) earlier[i].reset();
  const auto second = neighbour_map(golden.neighbours(200), earlier, golden.plane(200), {});

  double extent = 0;
  for (const MapPoint& a : first) {
    for (const MapPoint& b : first) extent = std::max(extent, std::hypot(a.x - b.x, a.y - b.y));
  }
  double moved = 0;
  for (std::size_t i = 0; i < first.size(); ++i) {
    if (earlier[i]) moved += std::hypot(first[i].x - second[i].x, first[i].y - second[i].y) / 180;
  }
  EXPECT_LT(moved, 0.05 * extent);
  EXPECT_GT(golden.trustworthiness(second), golden.trustworthiness(first) - 0.01);
}

TEST(NeighbourMap, of_mobility_zero_leaves_the_known_exactly_where_they_are) {
  const Golden golden;
  const auto first = neighbour_map(golden.neighbours(50), {}, golden.plane(50), {});
  std::vector<std::optional<MapPoint>> earlier(first.begin(), first.end());
  earlier[7].reset();
  const auto second = neighbour_map(golden.neighbours(50), earlier, golden.plane(50), {.known_mobility = 0});
  for (std::size_t i = 0; i < first.size(); ++i) {
    EXPECT_EQ(i == 7 || first[i] == second[i], true);
  }
  EXPECT_LT(std::hypot(first[7].x - second[7].x, first[7].y - second[7].y), 5);
}

TEST(NeighbourMap, of_few_or_unconnected_tracks_is_finite) {
  const std::vector<MapPoint> nothing(5);
  for (std::size_t count = 0; count <= 5; ++count) {
    const auto map = neighbour_map(Lists(count), {}, std::span(nothing).first(count), {});
    ASSERT_EQ(map.size(), count);
    for (const MapPoint& point : map) EXPECT_TRUE(std::isfinite(point.x) && std::isfinite(point.y));
  }
  const Lists same{{{1, 1.0F}}, {{0, 1.0F}}, {}};
  const std::vector<std::optional<MapPoint>> earlier{MapPoint{3, 3}, std::nullopt, std::nullopt};
  const auto map = neighbour_map(same, earlier, std::span(nothing).first(3), {.known_mobility = 0});
  EXPECT_EQ(map[0], (MapPoint{3, 3}));
  EXPECT_LT(std::hypot(map[1].x - 3, map[1].y - 3), 3);
}

TEST(NeighbourMap, refuses_starts_that_do_not_fit) {
  const std::vector<MapPoint> one(1);
  const std::vector<MapPoint> broken{{NAN, 0}, {0, 0}};
  EXPECT_THROW(neighbour_map(Lists(2), {}, one, {}), Error);
  EXPECT_THROW(neighbour_map(Lists(2), {}, broken, {}), Error);
  EXPECT_THROW(neighbour_map(Lists(1), {}, one, {.known_mobility = NAN}), Error);
  EXPECT_THROW(neighbour_map(Lists(1), std::vector<std::optional<MapPoint>>(3), one, {}), Error);
}

}  // namespace
}  // namespace resonance::ranking
