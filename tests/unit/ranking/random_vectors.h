#pragma once

#include "resonance/core/matrix.h"

#include <cmath>
#include <cstddef>
#include <random>

namespace resonance::ranking {

/// N x D rows of unit length, evenly distributed on the sphere.
inline Matrix random_unit_rows(std::size_t rows, std::size_t dimensions, unsigned seed) {
  std::mt19937 random(seed);
  std::normal_distribution<float> normal;
  Matrix matrix(rows, dimensions);
  for (std::size_t r = 0; r < rows; ++r) {
    float squares = 0;
    for (float& value : matrix.row(r)) {
      value = normal(random);
      squares += value * value;
    }
    for (float& value : matrix.row(r)) value /= std::sqrt(squares);
  }
  return matrix;
}

}  // namespace resonance::ranking
