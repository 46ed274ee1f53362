#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace resonance::evaluation {

/// A mean over queries, and where it lies in 95 of 100 samples.
struct Interval {
  double mean = 0;
  double low = 0;
  double high = 0;
};

/// Percentile bootstrap (Efron 1979) over clusters: whole clusters are drawn with replacement, as many as
/// there are, since queries of one artist are not independent. The same clusters and seed give the same
/// samples, so the interval of a paired difference is that of the differences. Immutable; thread-safe.
class ClusterBootstrap {
 public:
  static constexpr std::size_t kResamples = 2000;
  static constexpr std::uint64_t kSeed = 99;

  /// @param cluster_of  Q numbers; equal ones are one cluster
  explicit ClusterBootstrap(std::span<const std::size_t> cluster_of, std::size_t resamples = kResamples,
                            std::uint64_t seed = kSeed);

  /// @param values  Q finite values. @return zeros for Q = 0
  [[nodiscard]] Interval interval(std::span<const double> values) const;

 private:
  std::vector<std::size_t> cluster_of_;  // Q, from 0 up
  std::size_t clusters_ = 0;             // C
  std::vector<std::uint32_t> draws_;     // resamples x C numbers of clusters
};

}  // namespace resonance::evaluation
