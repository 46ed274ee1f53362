#pragma once

#include "resonance/core/npy.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <random>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

namespace resonance::benchmarks {

inline constexpr std::size_t kDimensions = 512;

/// Rows and queries of D = 512.
struct BenchmarkVectors {
  std::vector<float> rows;
  std::vector<float> queries;
  [[nodiscard]] std::span<const float> first(std::size_t count) const {
    return std::span(rows).first(std::min(count * kDimensions, rows.size()));
  }
  [[nodiscard]] std::span<const float> query(std::size_t number) const {
    return std::span(queries).subspan(number * kDimensions % queries.size(), kDimensions);
  }
};

/// The array of RESONANCE_VECTORS (rows.npy) and RESONANCE_QUERIES (queries.npy), N x 512 float32, as
/// benchmarks/speed/make_vectors makes them; without, stand-ins with clusters and a falling spectrum, good
/// enough for exact search only: `rows` of them.
inline BenchmarkVectors benchmark_vectors(std::size_t rows) {
  BenchmarkVectors result;
  const char* rows_file = std::getenv("RESONANCE_VECTORS");
  const char* queries_file = std::getenv("RESONANCE_QUERIES");
  if (rows_file != nullptr && queries_file != nullptr) {
    const NpyFile all(rows_file);
    const NpyFile queries(queries_file);
    if (all.cols() != kDimensions || queries.cols() != kDimensions) throw std::runtime_error("not N x 512");
    const auto values = all.floats().first(std::min(rows, all.rows()) * kDimensions);
    result.rows.assign(values.begin(), values.end());
    result.queries.assign(queries.floats().begin(), queries.floats().end());
    return result;
  }
  std::mt19937 generator(1);
  std::vector<float> noise(1 << 20);
  std::normal_distribution<float> normal;
  for (float& value : noise) value = normal(generator);
  std::vector<float> centres(4000 * kDimensions);
  for (float& value : centres) value = noise[generator() % noise.size()];
  const auto make = [&](std::size_t count) {
    std::vector<float> made(count * kDimensions);
    for (std::size_t row = 0; row < count; ++row) {
      const float* centre = centres.data() + generator() % 4000 * kDimensions;
      const float* own = noise.data() + generator() % (noise.size() - kDimensions);
      double length = 0;
      for (std::size_t d = 0; d < kDimensions; ++d) {
        const float value = (centre[d] + own[d]) / std::sqrt(4.0F + static_cast<float>(d));
        made[row * kDimensions + d] = value;
        length += double{value} * value;
      }
      const auto scale = static_cast<float>(1 / std::sqrt(length));
      for (std::size_t d = 0; d < kDimensions; ++d) made[row * kDimensions + d] *= scale;
    }
    return made;
  };
  result.rows = make(rows);
  result.queries = make(1000);
  return result;
}

}  // namespace resonance::benchmarks
