#pragma once

#include <cstddef>
#include <vector>

#include "training/data/random.h"
#include "training/search/search_space.h"

namespace resonance::training {

/// A point and what came of it; larger values are better.
struct Observation {
  SearchPoint point;
  double value = 0;
};

SearchPoint random_point(const std::vector<SearchParameter>& parameters, Random& random);

/// Tree-structured Parzen estimator (Bergstra et al. 2011, "Algorithms for hyper-parameter optimization"): of
/// the candidates drawn from a density of the best tenth of the observations, the one where that density is
/// largest beside the density of the others. Each parameter by itself; bandwidths by the distance to the
/// neighbours.
class TreeParzenEstimator {
 public:
  struct Config {
    std::size_t startup = 10;  ///< points drawn at random before
    std::size_t candidates = 24;
    double best_share = 0.1;
    std::size_t best_at_most = 25;
  };
  explicit TreeParzenEstimator(std::vector<SearchParameter> parameters)
      : parameters_(std::move(parameters)) {}
  TreeParzenEstimator(std::vector<SearchParameter> parameters, const Config& config)
      : parameters_(std::move(parameters)), config_(config) {}

  [[nodiscard]] SearchPoint suggest(const std::vector<Observation>& observations, Random& random) const;

 private:
  std::vector<SearchParameter> parameters_;
  Config config_;
};

/// Whether a trial that has reached `value` at `step` lies below the median of what the others had reached
/// there (Golovin et al. 2017, "Google Vizier", the median stopping rule). @param others  their values at
/// this step; fewer than `least` of them stop nothing
bool below_median(double value, std::vector<double> others, std::size_t least = 5);

}  // namespace resonance::training
