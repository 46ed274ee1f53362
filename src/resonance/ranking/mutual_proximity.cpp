#include "resonance/ranking/mutual_proximity.h"

#include "resonance/core/error.h"
#include "resonance/ranking/vector_math.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace resonance::ranking {
namespace {

// The share of a normal distribution above `similarity`.
double tail_above(double similarity, const SimilarityStatistics& statistics) {
  const double above = similarity - statistics.mean;
  if (statistics.deviation <= 0) return above > 0 ? 0.0 : (above < 0 ? 1.0 : 0.5);
  return 0.5 * std::erfc(above / (statistics.deviation * std::numbers::sqrt2));
}

}  // namespace

SimilarityStatistics similarity_statistics(std::span<const float> vector, std::span<const float> sample,
                                           std::span<const std::span<const float>> passed_over) {
  if (vector.empty() || sample.size() % vector.size() != 0) {
    throw Error(ErrorCode::invalid_argument, "a sample's rows have the dimension of the vector");
  }
  double count = 0;
  double mean = 0;
  double squares = 0;  // about the mean (Welford 1962)
  for (; !sample.empty(); sample = sample.subspan(vector.size())) {
    const auto row = sample.first(vector.size());
    const auto is_row = [&](std::span<const float> other) {
      return std::equal(row.begin(), row.end(), other.begin(), other.end());
    };
    if (is_row(vector) || std::any_of(passed_over.begin(), passed_over.end(), is_row)) continue;
    const double similarity = inner_product(vector, row);
    count += 1;
    const double difference = similarity - mean;
    mean += difference / count;
    squares += difference * (similarity - mean);
  }
  return count > 0 ? SimilarityStatistics{mean, std::sqrt(squares / count)} : SimilarityStatistics{};
}

double mutual_distance(double similarity, const SimilarityStatistics& a, const SimilarityStatistics& b) {
  const double tail_a = tail_above(similarity, a);
  const double tail_b = tail_above(similarity, b);
  // 1 - (1 - p)(1 - q), without subtracting from 1.
  return tail_a + tail_b - tail_a * tail_b;
}

}  // namespace resonance::ranking
