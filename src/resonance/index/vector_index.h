#pragma once

#include "resonance/index/neighbor.h"
#include "resonance/index/row_filter.h"

#include <cstddef>
#include <span>
#include <string>
#include <vector>

namespace resonance::index {

/// What "near" means. Scores are inner products, or minus squared Euclidean distances.
enum class Metric { inner_product, l2 };

/// How one search trades time for recall. Each index reads what it knows and passes over the rest; 0 means
/// the index's own setting.
struct SearchSettings {
  std::size_t nprobe = 0;     ///< inverted lists that are looked into
  std::size_t ef_search = 0;  ///< candidates that a walk over a graph keeps
  double k_factor = 0;        ///< candidates scored again with the float rows, as a multiple of K; at least 1
  const RowFilter* filter = nullptr;  ///< rows that may be returned; all if null
};

/// Which of SearchSettings' numbers mean something to an index.
struct SettingNames {
  bool nprobe = false;
  bool ef_search = false;
  bool k_factor = false;
};

/// N vectors of D dimensions that can be searched. What is common to exact and approximate indexes:
///
/// - The score of a row is the same number whatever index found it: the inner product of the float32 vectors
///   summed in double precision in one fixed order, rounded to float32 (vector_kernels.h).
/// - Answers are ordered by score, best first, and equal scores by row: the same index and query, the same
/// answer.
/// - min(K, allowed rows) rows come back, always: filters are pushed into the search, and an approximate
/// index
///   that came back with fewer is made good by an exact search of the allowed rows.
/// - A query is any vector of finite values; nothing assumes unit length. Under the inner product scaling a
///   query scales the scores; scaling a part of it weighs that part of the rows.
///
/// Immutable; thread-safe.
class VectorIndex {
 public:
  VectorIndex(std::size_t rows, std::size_t dimensions, Metric metric);
  virtual ~VectorIndex() = default;
  VectorIndex(const VectorIndex&) = delete;
  VectorIndex& operator=(const VectorIndex&) = delete;

  [[nodiscard]] std::size_t size() const noexcept { return rows_; }              ///< N
  [[nodiscard]] std::size_t dimensions() const noexcept { return dimensions_; }  ///< D
  [[nodiscard]] Metric metric() const noexcept { return metric_; }
  /// What it is, for people and for meta.json, e.g. "exact" or "IVF1024,PQ128x4fs".
  [[nodiscard]] virtual std::string name() const = 0;

  /// What of the settings it reads; nothing unless said otherwise.
  [[nodiscard]] virtual SettingNames setting_names() const { return {}; }

  /// The min(K, allowed rows) best rows of one query.
  /// @param query  D finite values
  /// @throws Error(invalid_argument) for another dimension, a value that is not finite, a filter of another
  ///         size, or a k_factor below 1 that is not 0
  [[nodiscard]] std::vector<Neighbor> search(std::span<const float> query, std::size_t count,
                                             const SearchSettings& settings = {}) const;

  /// The same answers as search() one by one, usually faster.
  /// @param queries  Q x D row-major
  /// @return Q answers
  /// @throws as search()
  [[nodiscard]] std::vector<std::vector<Neighbor>> search_batch(std::span<const float> queries,
                                                                std::size_t count,
                                                                const SearchSettings& settings = {}) const;

 protected:
  /// Called with checked arguments, 0 < count <= allowed rows, and a filter only if it forbids something.
  [[nodiscard]] virtual std::vector<Neighbor> do_search(std::span<const float> query, std::size_t count,
                                                        const SearchSettings& settings) const = 0;
  /// Called likewise, with at least one query; the default searches one by one.
  [[nodiscard]] virtual std::vector<std::vector<Neighbor>> do_search_batch(
      std::span<const float> queries, std::size_t count, const SearchSettings& settings) const;

 private:
  void check(std::span<const float> queries, const SearchSettings& settings) const;
  /// K as do_search may ask for it, and the filter left out if it allows all.
  [[nodiscard]] std::size_t prepare(std::size_t count, SearchSettings& settings) const;

  std::size_t rows_;
  std::size_t dimensions_;
  Metric metric_;
};

/// Rows in vectors that lie row-major one behind the other.
/// @throws Error(invalid_argument) unless `dimensions` is from 1 to 65536 and divides the size
std::size_t rows_of(std::span<const float> vectors, std::size_t dimensions);

}  // namespace resonance::index
