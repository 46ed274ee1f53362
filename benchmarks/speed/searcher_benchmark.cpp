// A running engine: a query by track, from its id to ten results with their reasons. RESONANCE_CATALOG names
// the catalog, e.g. one of make_catalog; without it there is nothing to do. RESONANCE_EF_SEARCH overrides
// what the index was tuned to.
#include "resonance/engine/searcher.h"

#include <cstdio>
#include <cstdlib>
#include <random>
#include <string>
#include <vector>

#include <benchmark/benchmark.h>

namespace {

using namespace resonance;

constexpr std::size_t kQueries = 500;
constexpr std::size_t kCount = 10;

struct Asked {
  explicit Asked(const char* folder) : searcher(folder) {
    // NOLINTNEXTLINE(concurrency-mt-unsafe): nothing sets it
    if (const char* ef = std::getenv("RESONANCE_EF_SEARCH")) settings.ef_search = std::stoul(ef);
    const engine::Snapshot& snapshot = searcher.snapshot();
    const catalog::Catalog catalog(folder, catalog::OpenMode::read_only);
    std::mt19937_64 generator(7);
    while (ids.size() < kQueries) {
      const std::size_t row = generator() % snapshot.rows();
      if (!snapshot.has(row)) continue;
      ids.push_back(catalog.find_by_key(snapshot.key_of(row)).value().id);
      rows.push_back(row);
    }
  }
  [[nodiscard]] std::vector<engine::QueryResult> ask(std::size_t number) const {
    engine::SearchRequest request;
    request.seeds.push_back({searcher.track(ids[number % kQueries])});
    request.rerank.count = kCount;
    request.index = settings;
    return searcher.search(request);
  }
  /// Of the exact ten best besides the track itself, the share that is found.
  [[nodiscard]] double recall() const {
    const engine::Snapshot& snapshot = searcher.snapshot();
    std::size_t hits = 0;
    for (std::size_t q = 0; q < kQueries; ++q) {
      const auto truth = snapshot.exact().search(snapshot.embedding(rows[q]), kCount + 1);
      const auto found = ask(q);
      for (const auto& neighbor : truth) {
        if (neighbor.row == static_cast<std::int64_t>(rows[q])) continue;
        for (const auto& result : found) {
          hits += result.track.key == snapshot.key_of(static_cast<std::size_t>(neighbor.row)) ? 1 : 0;
        }
      }
    }
    return static_cast<double>(hits) / (kQueries * kCount);
  }

  engine::Searcher searcher;
  index::SearchSettings settings;
  std::vector<std::string> ids;
  std::vector<std::size_t> rows;
};

const Asked* asked() {
  const char* const folder =
      std::getenv("RESONANCE_CATALOG");  // NOLINT(concurrency-mt-unsafe): nothing sets it
  if (folder == nullptr) return nullptr;
  static const Asked kMade(folder);
  return &kMade;
}

void query_by_track(benchmark::State& state) {
  const Asked* const catalog = asked();
  if (catalog == nullptr) {
    state.SkipWithError("RESONANCE_CATALOG is not set");
    return;
  }
  static const double kRecall = catalog->recall();
  std::size_t number = 0;
  for (auto _ : state) benchmark::DoNotOptimize(catalog->ask(number++));
  state.counters["recall@10"] = kRecall;
  state.SetLabel(engine::description_of(catalog->searcher.snapshot().meta().index));
}
BENCHMARK(query_by_track)->Unit(benchmark::kMicrosecond);

void open_and_close(benchmark::State& state) {
  const char* const folder =
      std::getenv("RESONANCE_CATALOG");  // NOLINT(concurrency-mt-unsafe): nothing sets it
  if (folder == nullptr) {
    state.SkipWithError("RESONANCE_CATALOG is not set");
    return;
  }
  for (auto _ : state) benchmark::DoNotOptimize(engine::Searcher(folder).size());
}
BENCHMARK(open_and_close)->Unit(benchmark::kMicrosecond);

}  // namespace
