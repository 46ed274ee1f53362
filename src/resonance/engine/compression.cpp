#include "resonance/engine/compression.h"

#include "resonance/core/error.h"
#include "resonance/core/npy.h"
#include "resonance/core/npz.h"
#include "resonance/engine/snapshot.h"
#include "resonance/index/exact_index.h"
#include "resonance/index/mini_batch_kmeans.h"

#include <algorithm>
#include <array>
#include <memory>
#include <numeric>
#include <optional>
#include <random>
#include <span>
#include <string>
#include <system_error>
#include <thread>

namespace resonance::engine {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kBatchPerCore = 256;
constexpr std::size_t kQueries = 400;
constexpr std::size_t kNeighbors = 10;
constexpr std::array<std::size_t, 3> kReach{1, 10, 100};

/// Vectors, and what keeps them in memory.
struct Source {
  std::shared_ptr<const Snapshot> snapshot;
  std::optional<NpyFile> file;
  std::vector<float> copied;
  std::span<const float> vectors;
  std::size_t dimensions = 0;
};

Source open_source(const fs::path& path) {
  Source source;
  std::error_code problem;
  if (!fs::is_directory(path, problem)) {
    source.file.emplace(path);
    source.vectors = source.file->floats();
    source.dimensions = source.file->cols();
    return source;
  }
  source.snapshot = Snapshot::open(path);
  if (!source.snapshot || source.snapshot->size() == 0) {
    throw Error(ErrorCode::not_found,
                "catalog " + path.string() + " holds no track to compress: run `resonance index DIR`");
  }
  source.dimensions = source.snapshot->dimensions();
  source.vectors = source.snapshot->base_embeddings().floats();
  if (source.snapshot->size() < source.snapshot->rows() || source.snapshot->has_tail()) {
    for (std::size_t row = 0; row < source.snapshot->rows(); ++row) {
      if (!source.snapshot->has(row)) continue;
      const auto vector = source.snapshot->embedding(row);
      source.copied.insert(source.copied.end(), vector.begin(), vector.end());
    }
    source.vectors = source.copied;
  }
  return source;
}

void measure(const Source& source, const index::Clusters& clusters, std::uint32_t seed,
             CompressReport& report, const std::stop_token& stop) {
  const std::size_t rows = clusters.assignment.size();
  if (rows < 2) {
    report.recall = 1;
    return;
  }
  const index::ExactIndex exact(source.vectors, source.dimensions);
  const index::ExactIndex representatives(clusters.centres, source.dimensions);
  std::mt19937_64 generator(seed + 1);
  report.queries = std::min(kQueries, rows);
  std::vector<double> reached(kReach.size());
  double recalled = 0;
  double wanted = 0;
  for (std::size_t q = 0; q < report.queries; ++q) {
    if (stop.stop_requested()) throw Error(ErrorCode::cancelled, "stopped while vectors were compressed");
    const std::size_t own = generator() % rows;
    const auto query = source.vectors.subspan(own * source.dimensions, source.dimensions);
    std::vector<std::uint32_t> truth;  // the representatives of the true neighbours
    for (const index::Neighbor& neighbor : exact.search(query, kNeighbors + 1)) {
      const auto row = static_cast<std::size_t>(neighbor.row);
      if (row != own && truth.size() < kNeighbors) truth.push_back(clusters.assignment[row]);
    }
    wanted += static_cast<double>(truth.size());
    const auto ranked = representatives.search(query, representatives.size());
    auto left = static_cast<double>(truth.size());
    for (std::size_t place = 0; place < ranked.size(); ++place) {
      const auto representative = static_cast<std::uint32_t>(ranked[place].row);
      const auto hits = static_cast<double>(std::count(truth.begin(), truth.end(), representative));
      for (std::size_t i = 0; i < kReach.size(); ++i) reached[i] += place < kReach[i] ? hits : 0;
      const auto stood_for = static_cast<double>(clusters.counts[representative]) -
                             (clusters.assignment[own] == representative ? 1 : 0);
      if (left > 0 && stood_for > 0) {
        recalled += hits * std::min(1.0, left / stood_for);
        left -= std::min(left, stood_for);
      }
      if (left <= 0 && place + 1 >= kReach.back()) break;
    }
  }
  report.recall = recalled / wanted;
  for (std::size_t i = 0; i < kReach.size(); ++i) {
    if (kReach[i] <= report.representatives) report.reach.push_back({kReach[i], reached[i] / wanted});
  }
}

void write(const fs::path& out, const index::Clusters& clusters, std::size_t dimensions) {
  const std::size_t count = clusters.counts.size();
  if (out.extension() == ".npy") {
    write_npy(out, clusters.centres, count, dimensions);
    return;
  }
  const std::vector<float> counts(clusters.counts.begin(), clusters.counts.end());
  const std::array<std::span<const float>, 1> centres{clusters.centres};
  const std::array<std::span<const float>, 1> numbers{counts};
  NpzWriter file(out);
  file.add("representatives", centres, count, dimensions);
  file.add("counts", numbers, count, 0);
  file.commit();
}

}  // namespace

CompressReport compress_vectors(const fs::path& source_path, const fs::path& out,
                                const CompressOptions& options, const std::stop_token& stop) {
  if (out.extension() != ".npz" && out.extension() != ".npy") {
    throw Error(ErrorCode::invalid_argument,
                "representatives are written to FILE.npz or FILE.npy, not " + out.string());
  }
  const Source source = open_source(source_path);
  if (source.dimensions == 0) {
    throw Error(ErrorCode::invalid_argument, source_path.string() + " holds no vectors");
  }
  const std::size_t cores = std::max(1U, std::thread::hardware_concurrency());
  const index::Clusters clusters =
      index::mini_batch_kmeans(source.vectors, source.dimensions,
                               {.clusters = options.representatives,
                                .batch = options.batch > 0 ? options.batch : kBatchPerCore * cores,
                                .steps = options.steps,
                                .seed = options.seed},
                               stop);
  CompressReport report;
  report.vectors = clusters.assignment.size();
  report.representatives = clusters.counts.size();
  report.unused = static_cast<std::size_t>(std::count(clusters.counts.begin(), clusters.counts.end(), 0));
  report.distortion = clusters.distortion;
  measure(source, clusters, options.seed, report, stop);
  write(out, clusters, source.dimensions);
  return report;
}

}  // namespace resonance::engine
