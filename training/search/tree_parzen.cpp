#include "training/search/tree_parzen.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

namespace resonance::training {
namespace {

/// A density on [0, 1]: normal curves, cut off at the ends, around points; one wide one stands for what was
/// believed before.
class NumberDensity {
 public:
  explicit NumberDensity(std::vector<double> points) : centres_(std::move(points)) {
    centres_.push_back(0.5);
    std::sort(centres_.begin(), centres_.end());
    const double narrowest = 1.0 / std::min<double>(100, static_cast<double>(centres_.size()) + 1);
    bool prior_seen = false;
    for (std::size_t i = 0; i < centres_.size(); ++i) {
      const double left = i == 0 ? centres_[i] : centres_[i] - centres_[i - 1];
      const double right = i + 1 == centres_.size() ? 1 - centres_[i] : centres_[i + 1] - centres_[i];
      const bool prior = !prior_seen && centres_[i] == 0.5;
      prior_seen = prior_seen || prior;
      widths_.push_back(prior ? 1.0 : std::clamp(std::max(left, right), narrowest, 1.0));
    }
  }

  double draw(Random& random) const {
    const auto i = static_cast<std::size_t>(random.below(centres_.size()));
    for (int tries = 0; tries < 100; ++tries) {
      const double value = centres_[i] + widths_[i] * random.normal();
      if (value >= 0 && value <= 1) return value;
    }
    return std::clamp(centres_[i], 0.0, 1.0);
  }

  [[nodiscard]] double log_density(double x) const {
    double sum = 0;
    for (std::size_t i = 0; i < centres_.size(); ++i) {
      const double z = (x - centres_[i]) / widths_[i];
      const double inside = below((1 - centres_[i]) / widths_[i]) - below(-centres_[i] / widths_[i]);
      sum += std::exp(-0.5 * z * z) / (widths_[i] * std::max(inside, 1e-12));
    }
    return std::log(std::max(sum / static_cast<double>(centres_.size()), 1e-300));
  }

 private:
  static double below(double z) { return 0.5 * std::erfc(-z / std::sqrt(2.0)); }
  std::vector<double> centres_;
  std::vector<double> widths_;
};

/// Shares of choices: how often each was taken, and one more for all of them together.
class ChoiceDensity {
 public:
  ChoiceDensity(const std::vector<double>& taken, std::size_t count)
      : shares_(count, 1.0 / static_cast<double>(count)) {
    for (const double index : taken) shares_[static_cast<std::size_t>(index)] += 1;
    const double sum = std::accumulate(shares_.begin(), shares_.end(), 0.0);
    for (double& share : shares_) share /= sum;
  }
  double draw(Random& random) const {
    double left = random.uniform();
    for (std::size_t i = 0; i < shares_.size(); ++i) {
      left -= shares_[i];
      if (left < 0) return static_cast<double>(i);
    }
    return static_cast<double>(shares_.size() - 1);
  }
  [[nodiscard]] double log_density(double x) const { return std::log(shares_[static_cast<std::size_t>(x)]); }

 private:
  std::vector<double> shares_;
};

template <typename Density>
double best_candidate(const Density& good, const Density& bad, std::size_t candidates, Random& random) {
  double best = 0;
  double most = -std::numeric_limits<double>::infinity();
  for (std::size_t i = 0; i < candidates; ++i) {
    const double candidate = good.draw(random);
    const double gain = good.log_density(candidate) - bad.log_density(candidate);
    if (gain > most) {
      most = gain;
      best = candidate;
    }
  }
  return best;
}

}  // namespace

SearchPoint random_point(const std::vector<SearchParameter>& parameters, Random& random) {
  SearchPoint point;
  for (const SearchParameter& parameter : parameters) {
    const bool choice = parameter.kind == SearchParameter::Kind::choice;
    point.push_back(choice ? static_cast<double>(random.below(parameter.choices.size()))
                           : from_unit(parameter, random.uniform()));
  }
  return point;
}

SearchPoint TreeParzenEstimator::suggest(const std::vector<Observation>& observations, Random& random) const {
  if (observations.size() < std::max<std::size_t>(2, config_.startup))
    return random_point(parameters_, random);
  std::vector<const Observation*> ranked;
  ranked.reserve(observations.size());
  for (const Observation& observation : observations) ranked.push_back(&observation);
  std::stable_sort(ranked.begin(), ranked.end(),
                   [](const Observation* a, const Observation* b) { return a->value > b->value; });
  const auto share =
      static_cast<std::size_t>(std::ceil(config_.best_share * static_cast<double>(ranked.size())));
  const std::size_t best = std::clamp<std::size_t>(share, 1, config_.best_at_most);
  SearchPoint point;
  for (std::size_t i = 0; i < parameters_.size(); ++i) {
    const SearchParameter& parameter = parameters_[i];
    std::vector<double> good, bad;
    for (std::size_t rank = 0; rank < ranked.size(); ++rank) {
      (rank < best ? good : bad).push_back(to_unit(parameter, ranked[rank]->point[i]));
    }
    if (parameter.kind == SearchParameter::Kind::choice) {
      const std::size_t count = parameter.choices.size();
      point.push_back(
          best_candidate(ChoiceDensity(good, count), ChoiceDensity(bad, count), config_.candidates, random));
    } else {
      point.push_back(from_unit(
          parameter, best_candidate(NumberDensity(good), NumberDensity(bad), config_.candidates, random)));
    }
  }
  return point;
}

bool below_median(double value, std::vector<double> others, std::size_t least) {
  if (others.size() < least || others.empty()) return false;
  const auto middle = others.begin() + static_cast<std::ptrdiff_t>(others.size() / 2);
  std::nth_element(others.begin(), middle, others.end());
  double median = *middle;
  if (others.size() % 2 == 0) median = (median + *std::max_element(others.begin(), middle)) / 2;
  return value < median;
}

}  // namespace resonance::training
