#include "resonance/ranking/query.h"

#include "resonance/core/error.h"
#include "resonance/ranking/vector_math.h"

#include <algorithm>
#include <cmath>
#include <string>

namespace resonance::ranking {
namespace {

// Sums of opposite float vectors leave this much at most.
constexpr double kNothingLeft = 1e-6;

[[noreturn]] void refuse(const std::string& what) { throw Error(ErrorCode::invalid_argument, what); }

bool all_finite(std::span<const float> values) {
  return std::all_of(values.begin(), values.end(), [](float value) { return std::isfinite(value); });
}

}  // namespace

std::vector<float> combined_query(std::span<const Seed> seeds) {
  const bool approaches = std::any_of(seeds.begin(), seeds.end(), [](const Seed& s) { return s.weight > 0; });
  if (!approaches) refuse("name at least one track to search with; a query cannot only move away");

  std::vector<double> sum(seeds.front().embedding.size());
  bool says_something = false;
  for (const Seed& seed : seeds) {
    if (!std::isfinite(seed.weight)) refuse("the weight of a seed is not a number");
    if (seed.embedding.size() != sum.size()) {
      refuse("seeds have embeddings of " + std::to_string(sum.size()) + " and " +
             std::to_string(seed.embedding.size()) + " dimensions");
    }
    if (!all_finite(seed.embedding)) refuse("the embedding of a seed has a value that is no number");
    add_scaled(sum, seed.embedding, seed.weight);
    says_something = says_something || std::any_of(seed.embedding.begin(), seed.embedding.end(),
                                                   [](float v) { return v != 0; });
  }
  if (says_something && length_of(sum) < kNothingLeft) {
    refuse("the seeds cancel each other out; give one of them another weight");
  }
  return normalised(sum);
}

std::vector<float> part_factors(const PartLayout& layout, const ModalityWeights& weights) {
  double total = 0;
  for (std::size_t part = 0; part < weights.size(); ++part) {
    if (!std::isfinite(weights[part]) || weights[part] < 0) {
      refuse("the weights of timbre, harmony and rhythm are numbers from 0 up");
    }
    if (!(layout.shares[part] > 0)) refuse("every modality of an index has a share above 0");
    total += double{weights[part]};
  }
  if (total <= 0) refuse("one of the weights of timbre, harmony and rhythm has to be above 0");

  std::vector<float> factors;
  for (std::size_t part = 0; part < weights.size(); ++part) {
    // Two fused parts are sqrt(share) a_p and sqrt(share) b_p.
    const double factor = double{weights[part]} / total / double{layout.shares[part]};
    factors.insert(factors.end(), layout.dimensions[part], static_cast<float>(factor));
  }
  return factors;
}

std::vector<float> weighted_query(std::span<const float> query, const PartLayout& layout,
                                  const ModalityWeights& weights) {
  std::vector<float> weighted = part_factors(layout, weights);
  if (query.size() != weighted.size()) {
    refuse("a query of " + std::to_string(query.size()) + " dimensions does not have the index's " +
           std::to_string(weighted.size()));
  }
  for (std::size_t i = 0; i < query.size(); ++i) weighted[i] *= query[i];
  return weighted;
}

}  // namespace resonance::ranking
