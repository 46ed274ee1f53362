#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <stop_token>
#include <vector>

namespace resonance::index {

/// How vectors are gathered into clusters.
struct KmeansConfig {
  std::size_t clusters = 10'000;
  std::size_t batch = 512;  ///< rows a step; the known setting is 256 a core
  std::size_t steps = 0;    ///< 0: as many as show every row about once, at least 100
  std::uint32_t seed = 1;
};

/// Centres, and how many rows are nearest to each.
struct Clusters {
  std::vector<float> centres;             ///< n x D
  std::vector<std::int64_t> counts;       ///< n
  std::vector<std::uint32_t> assignment;  ///< N: each row's nearest centre; the first of those as near
  double distortion = 0;                  ///< mean squared distance of a row to its centre
};

/// Mini-batch k-means (Sculley 2010, "Web-scale k-means clustering"): centres begin at rows drawn at random,
/// and each row of a batch pulls its nearest centre towards itself by one over the rows that it has had.
/// Distances by a matrix product with BLAS, on the calling thread's setting. A centre that no row is nearest
/// to in the end is kept with count 0. Deterministic for one number of BLAS threads.
/// @param vectors  N x D, finite  @throws Error(invalid_argument) for a bad shape, a value that is not
/// finite, or
///                 clusters of 0 or beyond N; Error(cancelled)
Clusters mini_batch_kmeans(std::span<const float> vectors, std::size_t dimensions, const KmeansConfig& config,
                           const std::stop_token& stop = {});

}  // namespace resonance::index
