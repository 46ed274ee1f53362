// Exact search, and beside it what reading the same bytes once takes: no search that looks at every float is
// faster.
#include "resonance/core/feature_contract.h"
#include "resonance/index/flat_index.h"

#include <cstddef>
#include <cstdint>
#include <numeric>
#include <random>
#include <vector>

#include <benchmark/benchmark.h>

namespace {

using namespace resonance;

std::vector<float> gaussian_rows(std::size_t rows) {
  std::mt19937 random(1);
  std::normal_distribution<float> normal;
  std::vector<float> values(rows * kEmbeddingDimensions);
  for (float& value : values) value = normal(random);
  return values;
}

void flat_search(benchmark::State& state) {
  const auto values = gaussian_rows(static_cast<std::size_t>(state.range(0)));
  const std::vector<float> query = gaussian_rows(1);
  const index::FlatIndex flat(values, kEmbeddingDimensions);
  for (auto _ : state) benchmark::DoNotOptimize(flat.search(query, 10));
}
BENCHMARK(flat_search)->Arg(12'000)->Arg(100'000)->Unit(benchmark::kMillisecond);

void reading_the_rows(benchmark::State& state) {
  // Integers, whose sum the compiler vectorises: it waits for memory and for nothing else.
  const std::vector<std::uint32_t> values(static_cast<std::size_t>(state.range(0)) * kEmbeddingDimensions, 1);
  for (auto _ : state) benchmark::DoNotOptimize(std::reduce(values.begin(), values.end()));
}
BENCHMARK(reading_the_rows)->Arg(12'000)->Arg(100'000)->Unit(benchmark::kMillisecond);

}  // namespace
