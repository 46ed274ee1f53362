#include "resonance/evaluation/cluster_bootstrap.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <numeric>
#include <random>
#include <unordered_map>

namespace resonance::evaluation {
namespace {

/// Linear between order statistics, as NumPy's default.
double quantile(std::span<const double> sorted, double share) {
  const double at = share * static_cast<double>(sorted.size() - 1);
  const auto below = static_cast<std::size_t>(at);
  const std::size_t above = std::min(below + 1, sorted.size() - 1);
  return sorted[below] + (at - std::floor(at)) * (sorted[above] - sorted[below]);
}

}  // namespace

ClusterBootstrap::ClusterBootstrap(std::span<const std::size_t> cluster_of, std::size_t resamples,
                                   std::uint64_t seed) {
  std::unordered_map<std::size_t, std::size_t> known;
  for (const std::size_t cluster : cluster_of) {
    cluster_of_.push_back(known.try_emplace(cluster, known.size()).first->second);
  }
  clusters_ = known.size();
  draws_.resize(resamples * clusters_);
  // Numbers by multiplication, since the standard's distributions differ between libraries.
  std::mt19937_64 random(seed);
  for (std::uint32_t& draw : draws_)
    draw = static_cast<std::uint32_t>(((random() >> 32U) * clusters_) >> 32U);
}

Interval ClusterBootstrap::interval(std::span<const double> values) const {
  assert(values.size() == cluster_of_.size());
  if (values.empty()) return {};
  std::vector<double> sum(clusters_);
  std::vector<double> count(clusters_);
  for (std::size_t i = 0; i < values.size(); ++i) {
    sum[cluster_of_[i]] += values[i];
    count[cluster_of_[i]] += 1;
  }
  std::vector<double> means;
  for (std::size_t first = 0; first < draws_.size(); first += clusters_) {
    double drawn_sum = 0;
    double drawn_count = 0;
    for (std::size_t c = 0; c < clusters_; ++c) {
      drawn_sum += sum[draws_[first + c]];
      drawn_count += count[draws_[first + c]];
    }
    means.push_back(drawn_sum / drawn_count);
  }
  std::sort(means.begin(), means.end());
  const double total = std::accumulate(values.begin(), values.end(), 0.0);
  return {total / static_cast<double>(values.size()), quantile(means, 0.025), quantile(means, 0.975)};
}

}  // namespace resonance::evaluation
