#include "resonance/ranking/expansion.h"

#include "resonance/core/error.h"
#include "resonance/ranking/vector_math.h"

#include <algorithm>
#include <cmath>
#include <string>

namespace resonance::ranking {
namespace {

[[noreturn]] void refuse(const std::string& what) { throw Error(ErrorCode::invalid_argument, what); }

double expansion_weight(float similarity, float alpha) {
  if (alpha == 0) return 1;  // also for similarities that are not positive: the plain mean
  return similarity > 0 ? std::pow(double{similarity}, double{alpha}) : 0;
}

void require_alpha(float alpha) {
  if (!std::isfinite(alpha) || alpha < 0) refuse("alpha is a number from 0 up (3 is usual)");
}

}  // namespace

std::vector<float> feedback_query(std::span<const float> query, std::span<const SimilarVector> neighbours) {
  return alpha_query(query, neighbours, 0);
}

std::vector<float> alpha_query(std::span<const float> query, std::span<const SimilarVector> neighbours,
                               float alpha) {
  require_alpha(alpha);
  std::vector<double> sum(query.begin(), query.end());
  for (const SimilarVector& neighbour : neighbours) {
    if (neighbour.embedding.size() != query.size()) {
      refuse("a query of " + std::to_string(query.size()) + " dimensions cannot be expanded by vectors of " +
             std::to_string(neighbour.embedding.size()));
    }
    add_scaled(sum, neighbour.embedding, expansion_weight(neighbour.similarity, alpha));
  }
  return normalised(sum);
}

Matrix alpha_augmented(std::span<const float> rows, std::size_t dimensions,
                       std::span<const std::vector<RowNeighbour>> neighbours, float alpha) {
  require_alpha(alpha);
  if (dimensions == 0 || rows.size() != dimensions * neighbours.size()) {
    refuse("there have to be as many lists of neighbours as rows");
  }
  const auto row = [&](std::size_t index) { return rows.subspan(index * dimensions, dimensions); };
  Matrix augmented(neighbours.size(), dimensions);
  std::vector<double> sum(dimensions);
  for (std::size_t i = 0; i < neighbours.size(); ++i) {
    std::copy(row(i).begin(), row(i).end(), sum.begin());
    for (const RowNeighbour& neighbour : neighbours[i]) {
      if (neighbour.row >= neighbours.size()) refuse("a neighbour is no row of the matrix");
      if (neighbour.row == i) continue;
      add_scaled(sum, row(neighbour.row), expansion_weight(neighbour.similarity, alpha));
    }
    const std::vector<float> unit = normalised(sum);
    std::copy(unit.begin(), unit.end(), augmented.row(i).begin());
  }
  return augmented;
}

}  // namespace resonance::ranking
