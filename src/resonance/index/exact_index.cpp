#include "resonance/index/exact_index.h"

#include "resonance/core/error.h"
#include "resonance/index/query_codes.h"
#include "resonance/index/top_scores.h"
#include "resonance/index/vector_kernels.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <optional>
#include <utility>

// BLAS, Fortran's calling convention and name. NOLINTNEXTLINE(readability-identifier-naming)
extern "C" int sgemm_(const char* transpose_a, const char* transpose_b, const int* rows, const int* cols,
                      const int* depth, const float* alpha, const float* a, const int* stride_a,
                      const float* b, const int* stride_b, const float* beta, float* c, const int* stride_c);

namespace resonance::index {
namespace {

constexpr float kInfinity = std::numeric_limits<float>::infinity();

// Rows whose codes, and whose bounds, stay in the nearest caches while each query of a batch looks at them.
constexpr std::size_t kCodeRows = 1024;
// Rows and queries of one matrix product: large enough for its full speed, small enough for its result to
// stay cached.
constexpr std::size_t kProductRows = 1024;
constexpr std::size_t kProductQueries = 256;
// From this many queries on the matrix product is faster than one pass over the codes for each.
constexpr std::size_t kProductFrom = 24;
// Norms for which no bound leaves the normal range of float32; others, which do not occur in earnest, go
// without bounds.
constexpr double kLeastNorm = 1e-12;
constexpr double kGreatestNorm = 1e12;

double norm_of(std::span<const float> vector) { return std::sqrt(inner_product(vector, vector)); }

// The allowed rows of `filter` from `first` to `last`, a multiple of 64 or the end; of all rows without one.
template <typename Visit>
void for_each_allowed(const RowFilter* filter, std::size_t first, std::size_t last, Visit visit) {
  if (filter == nullptr) {
    for (std::size_t row = first; row < last; ++row) visit(row);
    return;
  }
  for (std::size_t word = first / 64; word * 64 < last; ++word) {
    for (std::uint64_t left = filter->words()[word]; left != 0; left &= left - 1) {
      visit(word * 64 + static_cast<std::size_t>(std::countr_zero(left)));
    }
  }
}

bool allows_any(const RowFilter* filter, std::size_t first, std::size_t last) {
  if (filter == nullptr) return true;
  const auto words = filter->words().subspan(first / 64, (last + 63) / 64 - first / 64);
  return std::any_of(words.begin(), words.end(), [](std::uint64_t word) { return word != 0; });
}

// A row that may be among the best, and what its score is at most.
struct Candidate {
  std::size_t row = 0;
  float upper = 0;
};

// Collects the rows that the bounds cannot exclude.
class Candidates {
 public:
  explicit Candidates(std::size_t count) : count_(count), lower_(count) {}

  // No row with an upper bound below this is among the best.
  [[nodiscard]] float threshold() const { return lower_.threshold(); }

  void add(std::size_t row, float upper, float lower) {
    rows_.push_back({row, upper});
    if (!std::isnan(lower)) lower_.offer(lower);
  }

  // The best of them by `score`, which is called for as few as the bounds allow.
  template <typename Score>
  [[nodiscard]] std::vector<Neighbor> resolve(Score score) {
    std::erase_if(rows_, [limit = threshold()](const Candidate& row) { return row.upper < limit; });
    // Those of the best bounds first: they raise the threshold for the others. A NaN says nothing, as
    // infinity.
    const auto first = rows_.begin() + static_cast<std::ptrdiff_t>(std::min(count_, rows_.size()));
    for (Candidate& row : rows_) row.upper = std::isnan(row.upper) ? kInfinity : row.upper;
    if (first != rows_.end()) {
      std::nth_element(rows_.begin(), first, rows_.end(),
                       [](const Candidate& a, const Candidate& b) { return a.upper > b.upper; });
    }
    TopNeighbors best(count_);
    for (const Candidate& row : rows_) {
      if (row.upper < best.threshold()) continue;
      best.offer({static_cast<std::int64_t>(row.row), score(row.row)});
    }
    return best.take();
  }

 private:
  std::size_t count_;
  TopScores lower_;
  std::vector<Candidate> rows_;
};

}  // namespace

ExactIndex::ExactIndex(std::span<const float> vectors, std::size_t dimensions, Metric metric,
                       std::shared_ptr<const RowCodes> codes)
    : VectorIndex(rows_of(vectors, dimensions), dimensions, metric),
      vectors_(vectors),
      codes_(std::move(codes)) {
  if (codes_ && (codes_->size() != size() || codes_->dimensions() != dimensions)) {
    throw Error(ErrorCode::invalid_argument, "the codes are of another shape than the vectors");
  }
}

float ExactIndex::score(std::span<const float> query, std::size_t row) const {
  const auto vector = vectors_.subspan(row * dimensions(), dimensions());
  const double product = inner_product(query, vector);
  if (metric() == Metric::inner_product) return static_cast<float>(product);
  const double distance = inner_product(query, query) + inner_product(vector, vector) - 2 * product;
  return static_cast<float>(-std::max(distance, 0.0));
}

bool ExactIndex::codes_pay(std::span<const float> query, std::size_t count, const RowFilter* filter) const {
  if (!codes_ || metric() != Metric::inner_product) return false;
  // Scattered single rows are scored at once, and where nearly all rows are wanted nothing can be passed
  // over.
  const std::size_t allowed = filter == nullptr ? size() : filter->count();
  if (allowed < size() / 64 || count > allowed / 4) return false;
  const double norm = norm_of(query);
  return norm >= kLeastNorm && norm <= kGreatestNorm && codes_->max_norm() >= kLeastNorm &&
         codes_->max_norm() <= kGreatestNorm;
}

std::vector<Neighbor> ExactIndex::do_search(std::span<const float> query, std::size_t count,
                                            const SearchSettings& settings) const {
  if (!codes_pay(query, count, settings.filter)) return search_floats(query, count, settings.filter);
  return std::move(search_codes(query, count, settings.filter).front());
}

std::vector<std::vector<Neighbor>> ExactIndex::do_search_batch(std::span<const float> queries,
                                                               std::size_t count,
                                                               const SearchSettings& settings) const {
  const std::size_t query_count = queries.size() / dimensions();
  const std::size_t allowed = settings.filter == nullptr ? size() : settings.filter->count();
  bool codes = true;
  bool product = metric() == Metric::inner_product && allowed >= size() / 4 && count <= allowed / 4;
  for (std::size_t at = 0; at < queries.size(); at += dimensions()) {
    const auto query = queries.subspan(at, dimensions());
    codes = codes && codes_pay(query, count, settings.filter);
    const double norm = norm_of(query);
    product = product && norm >= kLeastNorm && norm <= kGreatestNorm;
  }
  // Without codes two queries already pay for the product, which reads the rows once for all of them.
  if (product && query_count >= (codes ? kProductFrom : 2))
    return search_product(queries, count, settings.filter);
  if (codes) return search_codes(queries, count, settings.filter);
  return VectorIndex::do_search_batch(queries, count, settings);
}

std::vector<Neighbor> ExactIndex::search_floats(std::span<const float> query, std::size_t count,
                                                const RowFilter* filter) const {
  TopNeighbors best(count);
  for_each_allowed(filter, 0, size(), [&](std::size_t row) {
    best.offer({static_cast<std::int64_t>(row), score(query, row)});
  });
  return best.take();
}

std::vector<std::vector<Neighbor>> ExactIndex::search_codes(std::span<const float> queries, std::size_t count,
                                                            const RowFilter* filter) const {
  const std::size_t query_count = queries.size() / dimensions();
  std::vector<QueryCodes> encoded;
  std::vector<Candidates> candidates(query_count, Candidates(count));
  for (std::size_t q = 0; q < query_count; ++q) {
    encoded.push_back(encode_query(queries.subspan(q * dimensions(), dimensions()), *codes_));
  }
  std::vector<std::int32_t> products(kCodeRows);
  std::vector<float> upper(kCodeRows);
  for (std::size_t first = 0; first < size(); first += kCodeRows) {
    const std::size_t rows = std::min(kCodeRows, size() - first);
    if (!allows_any(filter, first, first + rows)) continue;
    const auto codes = codes_->codes().subspan(first * codes_->stride(), rows * codes_->stride());
    const float* scales = codes_->scales().data() + first;
    const float* residuals = codes_->residuals().data() + first;
    for (std::size_t q = 0; q < query_count; ++q) {
      const QueryCodes& query = encoded[q];
      code_products(codes, query.codes, std::span(products).first(rows));
      for (std::size_t i = 0; i < rows; ++i) {
        upper[i] = static_cast<float>(products[i]) * (query.scale * scales[i]) +
                   (query.norm * residuals[i] + query.slack);
      }
      Candidates& found = candidates[q];
      const std::span<const float> bounds(upper.data(), rows);
      for (std::size_t i = 0; (i = find_not_below(bounds, i, found.threshold())) < rows; ++i) {
        if (filter != nullptr && !filter->allows(first + i)) continue;
        found.add(first + i, upper[i], upper[i] - 2 * (query.norm * residuals[i] + query.slack));
      }
    }
  }
  std::vector<std::vector<Neighbor>> answers;
  for (std::size_t q = 0; q < query_count; ++q) {
    const auto query = queries.subspan(q * dimensions(), dimensions());
    answers.push_back(candidates[q].resolve([&](std::size_t row) { return score(query, row); }));
  }
  return answers;
}

std::vector<std::vector<Neighbor>> ExactIndex::search_product(std::span<const float> queries,
                                                              std::size_t count,
                                                              const RowFilter* filter) const {
  const std::size_t query_count = queries.size() / dimensions();
  // gamma_D of Higham, with more than what the rounding of the bounds and of the score add.
  const double gamma = 2 * (static_cast<double>(dimensions()) + 4) * 0x1p-24;
  std::vector<float> norms(query_count);
  for (std::size_t q = 0; q < query_count; ++q) {
    norms[q] = static_cast<float>(norm_of(queries.subspan(q * dimensions(), dimensions())) * (1 + 1e-6));
  }
  std::vector<Candidates> candidates(query_count, Candidates(count));
  std::vector<float> scores(kProductRows * std::min(kProductQueries, query_count));
  const int depth = static_cast<int>(dimensions());
  const float one = 1;
  const float zero = 0;
  for (std::size_t first = 0; first < size(); first += kProductRows) {
    const std::size_t rows = std::min(kProductRows, size() - first);
    if (!allows_any(filter, first, first + rows)) continue;
    double longest = 0;
    if (codes_) {
      longest = codes_->max_norm();
    } else {
      for (std::size_t row = first; row < first + rows; ++row) {
        longest = std::max(longest, norm_of(vectors_.subspan(row * dimensions(), dimensions())));
      }
    }
    // The addend covers what underflows.
    const auto relative = static_cast<float>(gamma * longest + 0x1p-80);
    for (std::size_t begin = 0; begin < query_count; begin += kProductQueries) {
      const std::size_t batch = std::min(kProductQueries, query_count - begin);
      const int tile_rows = static_cast<int>(rows);
      const int tile_queries = static_cast<int>(batch);
      sgemm_("T", "N", &tile_rows, &tile_queries, &depth, &one, vectors_.data() + first * dimensions(),
             &depth, queries.data() + begin * dimensions(), &depth, &zero, scores.data(), &tile_rows);
      for (std::size_t q = 0; q < batch; ++q) {
        Candidates& found = candidates[begin + q];
        const float margin = norms[begin + q] * relative;
        const std::span<const float> row_scores(scores.data() + q * rows, rows);
        for (std::size_t i = 0; (i = find_not_below(row_scores, i, found.threshold() - margin)) < rows; ++i) {
          if (filter != nullptr && !filter->allows(first + i)) continue;
          found.add(first + i, row_scores[i] + margin, row_scores[i] - margin);
        }
      }
    }
  }
  std::vector<std::vector<Neighbor>> answers;
  for (std::size_t q = 0; q < query_count; ++q) {
    const auto query = queries.subspan(q * dimensions(), dimensions());
    answers.push_back(candidates[q].resolve([&](std::size_t row) { return score(query, row); }));
  }
  return answers;
}

}  // namespace resonance::index
