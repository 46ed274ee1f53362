// Approximate top-10 by the graph index, and by FAISS's inverted lists beside it: recall, CPU time and
// queries a second by ef_search, or nprobe and k_factor, on one thread and two; and how long the queries take
// one by one. RESONANCE_VECTORS=rows.npy
// RESONANCE_QUERIES=queries.npy (see index_vectors.h); RESONANCE_ROWS, 100000 unless given;
// RESONANCE_FACTORY, IVF1024,PQ128x4fs,RFlat unless given, "none" for no FAISS; RESONANCE_INDEXES, a folder
// where what was built is kept for the next run; RESONANCE_LINKS and RESONANCE_EF_CONSTRUCTION, 16 and 100.
#include "resonance/index/factory_index.h"
#include "resonance/index/graph_index.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include <benchmark/benchmark.h>

#include "index_vectors.h"

namespace {

using namespace resonance;
using namespace resonance::index;
using benchmarks::kDimensions;

constexpr std::size_t kCount = 10;

std::string setting(const char* name, const char* otherwise) {
  const char* value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe): nothing sets it
  return value == nullptr ? otherwise : value;
}

struct Sources {
  benchmarks::BenchmarkVectors vectors;
  std::shared_ptr<const RowCodes> codes;
  std::shared_ptr<const ExactIndex> rows;
  std::vector<std::vector<Neighbor>> truth;
};

const Sources& sources() {
  static const Sources kMade = [] {
    Sources result;
    result.vectors = benchmarks::benchmark_vectors(std::stoul(setting("RESONANCE_ROWS", "100000")));
    result.codes = std::make_shared<const RowCodes>(RowCodes::of(result.vectors.rows, kDimensions));
    result.rows = std::make_shared<const ExactIndex>(result.vectors.rows, kDimensions, Metric::inner_product,
                                                     result.codes);
    result.truth = result.rows->search_batch(result.vectors.queries, kCount);
    return result;
  }();
  return kMade;
}

// From the folder of RESONANCE_INDEXES, or built and kept there.
template <typename Open, typename Build>
auto kept(const std::string& name, Open open, Build build) {
  const std::string folder = setting("RESONANCE_INDEXES", "");
  const std::filesystem::path path =
      std::filesystem::path(folder) / (name + "." + std::to_string(sources().rows->size()));
  if (!folder.empty() && std::filesystem::exists(path)) return open(path);
  const auto begin = std::clock();
  auto index = build();
  std::fprintf(stderr, "%s over %zu rows: built in %.0f s of CPU time, %.1f MB\n", index->name().c_str(),
               index->size(), static_cast<double>(std::clock() - begin) / CLOCKS_PER_SEC,
               static_cast<double>(index->byte_size()) * 1e-6);
  if (!folder.empty()) index->write(path);
  return index;
}

void measure(benchmark::State& state, const VectorIndex& index, const SearchSettings& settings) {
  const auto& vectors = sources().vectors;
  if (!vectors.files.empty()) vectors.files.front().expect_scattered_reads();  // as a snapshot does
  const std::size_t queries = vectors.queries.size() / kDimensions;
  std::size_t q = static_cast<std::size_t>(state.thread_index()) * 37;
  for (auto _ : state) benchmark::DoNotOptimize(index.search(vectors.query(q++), kCount, settings));
  state.SetItemsProcessed(state.iterations());  // of this thread; the rate is of all
  if (state.thread_index() != 0) return;
  std::size_t hits = 0;
  std::vector<double> microseconds;
  for (q = 0; q < queries; ++q) {
    const auto begin = std::chrono::steady_clock::now();
    const auto found = index.search(vectors.query(q), kCount, settings);
    microseconds.push_back(
        std::chrono::duration<double, std::micro>(std::chrono::steady_clock::now() - begin).count());
    for (const Neighbor& neighbor : found) {
      for (const Neighbor& expected : sources().truth[q]) hits += neighbor.row == expected.row ? 1 : 0;
    }
  }
  state.counters["recall@10"] = static_cast<double>(hits) / static_cast<double>(queries * kCount);
  std::sort(microseconds.begin(), microseconds.end());
  for (const int percent : {50, 95, 99}) {
    const auto rank = static_cast<std::size_t>(percent) * (microseconds.size() - 1) / 100;
    state.counters[std::string("p").append(std::to_string(percent)) + "_us"] = microseconds[rank];
  }
}

void graph(benchmark::State& state) {
  static const GraphConfig kConfig{.links = std::stoul(setting("RESONANCE_LINKS", "16")),
                                   .ef_construction = std::stoul(setting("RESONANCE_EF_CONSTRUCTION", "100")),
                                   .threads = 2};
  static const auto kIndex = kept(
      "graph" + std::to_string(kConfig.links) + "." + std::to_string(kConfig.ef_construction),
      [](const auto& path) { return GraphIndex::open(path, sources().rows, sources().codes); },
      [] { return GraphIndex::build(sources().rows, sources().codes, kConfig); });
  measure(state, *kIndex, {.ef_search = static_cast<std::size_t>(state.range(0))});
}
BENCHMARK(graph)
    ->ArgName("ef")
    ->DenseRange(40, 120, 20)
    ->Arg(160)
    ->Arg(240)
    ->Arg(320)
    ->Arg(480)
    ->Unit(benchmark::kMicrosecond)
    ->UseRealTime()
    ->ThreadRange(1, 2);

void faiss_factory(benchmark::State& state) {
  static const std::string kFactory = setting("RESONANCE_FACTORY", "IVF1024,PQ128x4fs,RFlat");
  if (kFactory == "none") {
    state.SkipWithError("not asked for");
    return;
  }
  static const auto kIndex = kept(
      "faiss", [](const auto& path) { return FactoryIndex::open(path, sources().rows, kFactory); },
      [] { return FactoryIndex::build(sources().rows, {.factory = kFactory}); });
  measure(
      state, *kIndex,
      {.nprobe = static_cast<std::size_t>(state.range(0)), .k_factor = static_cast<double>(state.range(1))});
}
BENCHMARK(faiss_factory)
    ->ArgNames({"nprobe", "k_factor"})
    ->ArgsProduct({{16, 32, 64, 128, 256}, {10, 20, 40, 80}})
    ->Unit(benchmark::kMicrosecond)
    ->UseRealTime();

}  // namespace
