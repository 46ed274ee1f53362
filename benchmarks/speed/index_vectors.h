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

/// Rows and queries of D = 512: of mapped files, so that there may be more of them than memory, or made.
struct BenchmarkVectors {
  std::vector<NpyFile> files;
  std::vector<float> made_rows;
  std::vector<float> made_queries;
  std::span<const float> rows;
  std::span<const float> queries;
  [[nodiscard]] std::span<const float> first(std::size_t count) const {
    return rows.first(std::min(count * kDimensions, rows.size()));
  }
  [[nodiscard]] std::span<const float> query(std::size_t number) const {
    return queries.subspan(number * kDimensions % queries.size(), kDimensions);
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
    for (const char* file : {rows_file, queries_file}) {
      result.files.emplace_back(file);
      if (result.files.back().cols() != kDimensions) throw std::runtime_error("not N x 512");
    }
    result.rows = result.files[0].floats();
    result.rows = result.first(rows);
    result.queries = result.files[1].floats();
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
  result.made_rows = make(rows);
  result.made_queries = make(1000);
  result.rows = result.made_rows;
  result.queries = result.made_queries;
  return result;
}

}  // namespace resonance::benchmarks
