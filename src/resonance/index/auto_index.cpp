#include "resonance/index/auto_index.h"

#include "resonance/core/error.h"
#include "resonance/index/graph_index.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <limits>
#include <optional>
#include <random>
#include <utility>
#include <vector>

namespace resonance::index {
namespace {

constexpr std::array<std::size_t, 12> kEfSearch{30, 40, 60, 80, 120, 160, 240, 320, 480, 640, 960, 1280};
// A graph of few links, built in half the time and half the size, as long as it does not take more candidates
// than would pay for one of many; and where it is known to take more, not even tried (benchmarks/README.md).
struct Candidate {
  GraphConfig graph;
  std::size_t most_rows;
  std::size_t most_ef_search;
};
constexpr std::array<Candidate, 2> kGraphs{
    Candidate{{.links = 16, .ef_construction = 100}, 400'000, 320},
    Candidate{{.links = 32, .ef_construction = 200}, std::numeric_limits<std::size_t>::max(), 1280}};

// Queries, the row that each of them is or -1, and what exact search answers.
struct Sample {
  std::vector<float> queries;
  std::vector<std::int64_t> own;
  std::vector<std::vector<Neighbor>> truth;
};

Sample draw_sample(const ExactIndex& rows, const AutoConfig& config) {
  const std::size_t dimensions = rows.dimensions();
  const auto vector = [&](std::size_t row) { return rows.vectors().subspan(row * dimensions, dimensions); };
  Sample sample;
  std::mt19937_64 generator(config.seed);
  for (std::size_t i = 0; i < config.sample; ++i) {
    const std::size_t row = generator() % rows.size();
    sample.queries.insert(sample.queries.end(), vector(row).begin(), vector(row).end());
    sample.own.push_back(static_cast<std::int64_t>(row));
  }
  const auto neighbors = rows.search_batch(sample.queries, config.count + 1);
  for (std::size_t i = 1; i < config.sample; i += 2) {
    const auto other = vector(static_cast<std::size_t>(neighbors[i][generator() % neighbors[i].size()].row));
    const auto query = std::span(sample.queries).subspan(i * dimensions, dimensions);
    for (std::size_t d = 0; d < dimensions; ++d) query[d] = (query[d] + other[d]) / 2;
    sample.own[i] = -1;
  }
  sample.truth = rows.search_batch(sample.queries, config.count + 1);
  return sample;
}

// The best `count` without the query's own row.
std::vector<Neighbor> others(std::vector<Neighbor> found, std::int64_t own, std::size_t count) {
  std::erase_if(found, [own](const Neighbor& neighbor) { return neighbor.row == own; });
  found.resize(std::min(found.size(), count));
  return found;
}

std::size_t hits(const std::vector<Neighbor>& found, const std::vector<Neighbor>& truth) {
  return static_cast<std::size_t>(std::count_if(found.begin(), found.end(), [&](const Neighbor& neighbor) {
    return std::find(truth.begin(), truth.end(), neighbor) != truth.end();
  }));
}

double recall_of(const VectorIndex& index, const Sample& sample, std::size_t count,
                 const SearchSettings& settings) {
  const auto found = index.search_batch(sample.queries, count + 1, settings);
  std::size_t right = 0;
  std::size_t all = 0;
  for (std::size_t i = 0; i < found.size(); ++i) {
    const auto truth = others(sample.truth[i], sample.own[i], count);
    right += hits(others(found[i], sample.own[i], count), truth);
    all += truth.size();
  }
  return all == 0 ? 1 : static_cast<double>(right) / static_cast<double>(all);
}

}  // namespace

double measure_recall(const VectorIndex& index, const ExactIndex& exact, std::span<const float> queries,
                      std::size_t count, const SearchSettings& settings) {
  const auto truth = exact.search_batch(queries, count, {.filter = settings.filter});
  const auto found = index.search_batch(queries, count, settings);
  std::size_t right = 0;
  std::size_t all = 0;
  for (std::size_t i = 0; i < found.size(); ++i) {
    right += hits(found[i], truth[i]);
    all += truth[i].size();
  }
  return all == 0 ? 1 : static_cast<double>(right) / static_cast<double>(all);
}

double sample_recall(const VectorIndex& index, const ExactIndex& rows, const AutoConfig& config,
                     const SearchSettings& settings) {
  if (config.count == 0 || config.sample == 0) {
    throw Error(ErrorCode::invalid_argument, "recall is measured at K of 1 at least");
  }
  if (rows.size() == 0) return 1;
  return recall_of(index, draw_sample(rows, config), config.count, settings);
}

ChosenIndex choose_index(const std::shared_ptr<const ExactIndex>& rows,
                         const std::shared_ptr<const RowCodes>& codes, const AutoConfig& config,
                         const std::stop_token& stop) {
  if (!(config.recall > 0 && config.recall <= 1) || config.count == 0 || config.sample == 0) {
    throw Error(ErrorCode::invalid_argument,
                "recall is above 0 and at most 1, and measured at K of 1 at least");
  }
  ChosenIndex exact{rows, {}};
  exact.choice.count = config.count;
  if (rows->size() * rows->dimensions() <= config.exact_values || rows->metric() != Metric::inner_product ||
      config.recall == 1 || !codes) {
    return exact;
  }
  std::optional<Sample> sample;
  for (const Candidate& candidate : kGraphs) {
    if (rows->size() > candidate.most_rows) continue;
    GraphConfig graph = candidate.graph;
    graph.threads = config.threads;
    auto index = GraphIndex::build(rows, codes, graph, {}, stop);
    if (!sample) sample = draw_sample(*rows, config);
    for (const std::size_t ef : kEfSearch) {
      if (ef > candidate.most_ef_search) break;
      if (stop.stop_requested()) throw Error(ErrorCode::cancelled, "stopped while the index was chosen");
      SearchSettings settings = index->defaults();
      settings.ef_search = ef;
      const double recall = recall_of(*index, *sample, config.count, settings);
      if (recall < config.recall) continue;
      AutoChoice choice{.name = index->name(),
                        .settings = settings,
                        .recall = recall,
                        .count = config.count,
                        .sample = config.sample};
      index->set_defaults(settings);
      return {std::move(index), std::move(choice)};
    }
  }
  return exact;
}

}  // namespace resonance::index
