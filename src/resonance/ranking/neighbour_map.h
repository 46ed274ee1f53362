#pragma once

#include "resonance/ranking/expansion.h"
#include "resonance/ranking/map_point.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

/// A map that keeps neighbours together: UMAP (McInnes, Healy & Melville 2018, arXiv 1802.03426) in two
/// dimensions. UMAP rather than t-SNE since it works from the nearest neighbours, which an index gives, at a
/// cost of N k, and since it takes the coordinates of an earlier map as a start.
namespace resonance::ranking {

/// Two rows that belong together, and how much, (0, 1].
struct MapEdge {
  std::size_t from = 0;
  std::size_t to = 0;  ///< > from
  double strength = 0;
};

/// UMAP's fuzzy graph: for each row strengths exp(-(d - rho) / sigma) with d = 1 - similarity, rho the least
/// d above 0, and sigma such that they sum to log2(k + 1) over its k neighbours; then a + b - a b for both
/// directions.
/// @param neighbours  N lists; a row among its own neighbours is passed over
/// @return in order of from, then to
/// @throws Error(invalid_argument) for a neighbour that is no row or a similarity that is not finite
std::vector<MapEdge> map_edges(std::span<const std::vector<RowNeighbour>> neighbours);

/// Forces between two points at a squared distance, over their difference: of the derivative of log(phi) and
/// of log(1 - phi) for phi = 1 / (1 + a d^(2b)), with a and b fitted to UMAP's defaults of minimal distance
/// 0.1 and spread 1. Attraction is negative (towards each other); repulsion is UMAP's, softened by 0.001 near
/// 0.
double map_attraction(double squared_distance);
double map_repulsion(double squared_distance);

struct NeighbourMapSettings {
  int epochs = 300;
  int repulsions = 5;            ///< random points that push a point away, for each that attracts it
  double known_mobility = 0.02;  ///< of points with earlier coordinates, [0, 1]: 0 holds them where they are
  std::uint64_t seed = 1;
};

/// Coordinates of N rows. Deterministic. Costs N k epochs (1 + repulsions) small steps: with 15 neighbours
/// about a second for 1,000 tracks.
/// @param neighbours  N lists of the nearest rows, 10 to 30 each, as map_edges()
/// @param earlier     of N: the coordinates in an earlier map, or nothing for rows that are new. They stay
/// nearly
///                    where they are, and new rows begin at the mean of their known neighbours. Empty: a new
///                    map
/// @param principal   N: where a new map begins, e.g. PrincipalPlane's; scaled here
/// @throws Error(invalid_argument) as map_edges(), or for sizes that differ or coordinates that are not
/// finite
std::vector<MapPoint> neighbour_map(std::span<const std::vector<RowNeighbour>> neighbours,
                                    std::span<const std::optional<MapPoint>> earlier,
                                    std::span<const MapPoint> principal,
                                    const NeighbourMapSettings& settings);

}  // namespace resonance::ranking
