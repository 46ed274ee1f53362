// Exact top-10 of 12,000 and 1,000,000 vectors of 512: one query against the time to stream the float rows
// from memory, batches against the matrix product alone; FAISS's own paths beside them. "wrong" counts
// answers that differ from a plain loop's in row or score. One thread unless OMP_NUM_THREADS says otherwise,
// which only the matrix product and FAISS heed. RESONANCE_VECTORS=rows.npy RESONANCE_QUERIES=queries.npy: see
// index_vectors.h.
#include "resonance/index/exact_index.h"

#include <algorithm>
#include <cstdint>
#include <map>
#include <memory>
#include <utility>
#include <vector>

#include <benchmark/benchmark.h>
#include <faiss/utils/distances.h>

#include "index_vectors.h"

// NOLINTNEXTLINE(readability-identifier-naming): the name that Fortran gave it
extern "C" int sgemm_(const char* transpose_a, const char* transpose_b, const int* rows, const int* cols,
                      const int* depth, const float* alpha, const float* a, const int* stride_a,
                      const float* b, const int* stride_b, const float* beta, float* c, const int* stride_c);

namespace {

using namespace resonance;
using namespace resonance::index;
using benchmarks::kDimensions;

constexpr std::size_t kCount = 10;

const benchmarks::BenchmarkVectors& data() {
  static const auto kVectors = benchmarks::benchmark_vectors(1'000'000);
  return kVectors;
}

const ExactIndex& index_of(std::size_t rows, bool coded) {
  static std::map<std::pair<std::size_t, bool>, std::unique_ptr<ExactIndex>> made;
  auto& index = made[{rows, coded}];
  if (!index) {
    const auto vectors = data().first(rows);
    index = std::make_unique<ExactIndex>(
        vectors, kDimensions, Metric::inner_product,
        coded ? std::make_shared<const RowCodes>(RowCodes::of(vectors, kDimensions)) : nullptr);
  }
  return *index;
}

// Answers that differ from those of the loop without codes, of a few queries.
double wrong(const ExactIndex& index, std::size_t batch) {
  const ExactIndex& plain = index_of(index.size(), false);
  constexpr std::size_t kChecked = 20;
  double count = 0;
  const auto answers =
      index.search_batch(data().queries.first(std::max(batch, kChecked) * kDimensions), kCount);
  for (std::size_t q = 0; q < kChecked; ++q) {
    const auto query = data().query(q);
    const auto expected = plain.search(query, kCount);
    if (index.search(query, kCount) != expected) ++count;
    if (answers[q] != expected) ++count;
  }
  return count;
}

void rows_and_bytes(benchmark::State& state) {
  state.counters["GB/s of floats"] =
      benchmark::Counter(static_cast<double>(state.range(0)) * kDimensions * sizeof(float) * 1e-9,
                         benchmark::Counter::kIsIterationInvariantRate);
}

// The floor of a single query that looks at every float once: reading them, and adding as little as keeps the
// compiler from leaving it out.
void stream(benchmark::State& state) {
  const auto vectors = data().first(static_cast<std::size_t>(state.range(0)));
  for (auto _ : state) {
    // Sixteen independent sums of integers over whole cache lines.
    using Line = std::uint32_t __attribute__((vector_size(64), aligned(4)));
    Line sum{};
    const auto* at = reinterpret_cast<const Line*>(vectors.data());
    const auto* const end = at + vectors.size() / 16;
    for (; at < end; at += 4) sum += (at[0] ^ at[1]) + (at[2] ^ at[3]);
    benchmark::DoNotOptimize(sum);
  }
  rows_and_bytes(state);
}

void single(benchmark::State& state, bool coded) {
  const ExactIndex& index = index_of(static_cast<std::size_t>(state.range(0)), coded);
  std::size_t q = 0;
  for (auto _ : state) benchmark::DoNotOptimize(index.search(data().query(q++), kCount));
  rows_and_bytes(state);
  state.counters["wrong"] = wrong(index, 1);
}
void single_query_codes(benchmark::State& state) { single(state, true); }
void single_query_floats(benchmark::State& state) { single(state, false); }

void single_query_faiss_flat(benchmark::State& state) {
  const auto rows = static_cast<std::size_t>(state.range(0));
  std::vector<float> scores(kCount);
  std::vector<std::int64_t> found(kCount);
  std::size_t q = 0;
  for (auto _ : state) {
    faiss::knn_inner_product(data().query(q++).data(), data().rows.data(), kDimensions, 1, rows, kCount,
                             scores.data(), found.data());
  }
  rows_and_bytes(state);
}

void per_query(benchmark::State& state) {
  state.counters["per query"] =
      benchmark::Counter(static_cast<double>(state.range(1)),
                         benchmark::Counter::kIsIterationInvariantRate | benchmark::Counter::kInvert);
}

// The floor of a batch: the scores alone, in tiles that are thrown away.
void batch_product(benchmark::State& state) {
  const auto vectors = data().first(static_cast<std::size_t>(state.range(0)));
  const int queries = static_cast<int>(state.range(1));
  const int depth = kDimensions;
  const int tile = 1024;
  const float one = 1;
  const float zero = 0;
  std::vector<float> scores(static_cast<std::size_t>(tile) * static_cast<std::size_t>(queries));
  for (auto _ : state) {
    for (std::size_t at = 0; at < vectors.size(); at += tile * kDimensions) {
      const int rows = static_cast<int>(std::min<std::size_t>(tile, (vectors.size() - at) / kDimensions));
      sgemm_("T", "N", &rows, &queries, &depth, &one, vectors.data() + at, &depth, data().queries.data(),
             &depth, &zero, scores.data(), &rows);
    }
    benchmark::DoNotOptimize(scores.data());
  }
  per_query(state);
}

void batch(benchmark::State& state) {
  const ExactIndex& index = index_of(static_cast<std::size_t>(state.range(0)), true);
  const auto queries = data().queries.first(static_cast<std::size_t>(state.range(1)) * kDimensions);
  for (auto _ : state) benchmark::DoNotOptimize(index.search_batch(queries, kCount));
  per_query(state);
  state.counters["wrong"] = wrong(index, static_cast<std::size_t>(state.range(1)));
}

void batch_faiss_flat(benchmark::State& state) {
  const auto queries = static_cast<std::size_t>(state.range(1));
  std::vector<float> scores(kCount * queries);
  std::vector<std::int64_t> found(kCount * queries);
  for (auto _ : state) {
    faiss::knn_inner_product(data().queries.data(), data().rows.data(), kDimensions, queries,
                             static_cast<std::size_t>(state.range(0)), kCount, scores.data(), found.data());
  }
  per_query(state);
}

#define RESONANCE_SIZES ->Arg(12'000)->Arg(1'000'000)->Unit(benchmark::kMillisecond)->UseRealTime()
#define RESONANCE_BATCHES \
  ->ArgsProduct({{12'000, 1'000'000}, {4, 16, 64, 256}})->Unit(benchmark::kMillisecond)->UseRealTime()
BENCHMARK(stream) RESONANCE_SIZES;
BENCHMARK(single_query_codes) RESONANCE_SIZES;
BENCHMARK(single_query_floats) RESONANCE_SIZES;
BENCHMARK(single_query_faiss_flat) RESONANCE_SIZES;
BENCHMARK(batch_product) RESONANCE_BATCHES;
BENCHMARK(batch) RESONANCE_BATCHES;
BENCHMARK(batch_faiss_flat) RESONANCE_BATCHES;

}  // namespace
