#include "resonance/index/mini_batch_kmeans.h"

#include "resonance/core/error.h"
#include "resonance/index/vector_index.h"
#include "resonance/index/vector_kernels.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <random>
#include <string>

// BLAS, Fortran's calling convention and name. NOLINTNEXTLINE(readability-identifier-naming)
extern "C" int sgemm_(const char* transpose_a, const char* transpose_b, const int* rows, const int* cols,
                      const int* depth, const float* alpha, const float* a, const int* stride_a,
                      const float* b, const int* stride_b, const float* beta, float* c, const int* stride_c);

namespace resonance::index {
namespace {

constexpr std::size_t kLeastSteps = 100;
constexpr std::size_t kAssignedAtOnce = 1024;

void check_stop(const std::stop_token& stop) {
  if (stop.stop_requested()) throw Error(ErrorCode::cancelled, "stopped while vectors were compressed");
}

/// Finds nearest centres for blocks of rows.
class Assigner {
 public:
  Assigner(std::size_t clusters, std::size_t dimensions) : clusters_(clusters), dimensions_(dimensions) {}

  void set_centres(std::span<const float> centres) {
    centres_ = centres;
    half_norms_.resize(clusters_);
    for (std::size_t c = 0; c < clusters_; ++c) update_norm(c);
  }
  void update_norm(std::size_t c) {
    const auto centre = centres_.subspan(c * dimensions_, dimensions_);
    half_norms_[c] = static_cast<float>(inner_product(centre, centre) / 2);
  }
  /// @param rows  n x D  @param nearest  n
  void assign(std::span<const float> rows, std::span<std::uint32_t> nearest) {
    const int count = static_cast<int>(nearest.size());
    const int clusters = static_cast<int>(clusters_);
    const int depth = static_cast<int>(dimensions_);
    const float one = 1;
    const float zero = 0;
    products_.resize(nearest.size() * clusters_);
    sgemm_("T", "N", &clusters, &count, &depth, &one, centres_.data(), &depth, rows.data(), &depth, &zero,
           products_.data(), &clusters);
    for (std::size_t i = 0; i < nearest.size(); ++i) {
      const float* scores = products_.data() + i * clusters_;
      std::size_t best = 0;
      float best_score = scores[0] - half_norms_[0];
      for (std::size_t c = 1; c < clusters_; ++c) {
        const float score = scores[c] - half_norms_[c];
        if (score > best_score) {
          best = c;
          best_score = score;
        }
      }
      nearest[i] = static_cast<std::uint32_t>(best);
    }
  }

 private:
  std::size_t clusters_;
  std::size_t dimensions_;
  std::span<const float> centres_;
  std::vector<float> half_norms_;
  std::vector<float> products_;
};

/// `count` rows, each once, in random order.
std::vector<std::size_t> draw(std::size_t rows, std::size_t count, std::mt19937_64& generator) {
  std::vector<std::size_t> all(rows);
  std::iota(all.begin(), all.end(), 0);
  for (std::size_t i = 0; i < count; ++i) std::swap(all[i], all[i + generator() % (rows - i)]);
  all.resize(count);
  return all;
}

}  // namespace

Clusters mini_batch_kmeans(std::span<const float> vectors, std::size_t dimensions, const KmeansConfig& config,
                           const std::stop_token& stop) {
  const std::size_t rows = rows_of(vectors, dimensions);
  if (config.clusters == 0 || config.clusters > rows || config.batch == 0) {
    throw Error(ErrorCode::invalid_argument,
                std::to_string(rows) + " vectors cannot be compressed to " + std::to_string(config.clusters));
  }
  if (!std::all_of(vectors.begin(), vectors.end(), [](float value) { return std::isfinite(value); })) {
    throw Error(ErrorCode::invalid_argument, "the vectors hold a value that is not finite");
  }
  const auto row_of = [&](std::size_t row) { return vectors.subspan(row * dimensions, dimensions); };
  std::mt19937_64 generator(config.seed);
  Clusters result;
  for (const std::size_t row : draw(rows, config.clusters, generator)) {
    result.centres.insert(result.centres.end(), row_of(row).begin(), row_of(row).end());
  }

  Assigner assigner(config.clusters, dimensions);
  const std::size_t steps =
      config.steps > 0 ? config.steps : std::max(kLeastSteps, (rows + config.batch - 1) / config.batch);
  std::vector<std::int64_t> seen(config.clusters, 1);
  std::vector<float> batch(config.batch * dimensions);
  std::vector<std::uint32_t> nearest(config.batch);
  assigner.set_centres(result.centres);
  for (std::size_t step = 0; step < steps; ++step) {
    check_stop(stop);
    for (std::size_t i = 0; i < config.batch; ++i) {
      const auto row = row_of(generator() % rows);
      std::copy(row.begin(), row.end(), batch.begin() + static_cast<std::ptrdiff_t>(i * dimensions));
    }
    assigner.assign(batch, nearest);
    for (std::size_t i = 0; i < config.batch; ++i) {
      const std::size_t c = nearest[i];
      const float rate = 1 / static_cast<float>(++seen[c]);
      for (std::size_t d = 0; d < dimensions; ++d) {
        float& centre = result.centres[c * dimensions + d];
        centre += rate * (batch[i * dimensions + d] - centre);
      }
    }
    for (const std::uint32_t c : nearest) assigner.update_norm(c);
  }

  result.counts.assign(config.clusters, 0);
  result.assignment.resize(rows);
  double sum = 0;
  for (std::size_t first = 0; first < rows; first += kAssignedAtOnce) {
    check_stop(stop);
    const std::size_t count = std::min(kAssignedAtOnce, rows - first);
    const auto found = std::span(result.assignment).subspan(first, count);
    assigner.assign(vectors.subspan(first * dimensions, count * dimensions), found);
    for (std::size_t i = 0; i < count; ++i) {
      ++result.counts[found[i]];
      const auto row = row_of(first + i);
      const auto centre = std::span<const float>(result.centres).subspan(found[i] * dimensions, dimensions);
      for (std::size_t d = 0; d < dimensions; ++d) {
        const double difference = static_cast<double>(row[d]) - static_cast<double>(centre[d]);
        sum += difference * difference;
      }
    }
  }
  result.distortion = sum / static_cast<double>(rows);
  return result;
}

}  // namespace resonance::index
