#pragma once

#include "resonance/index/row_codes.h"
#include "resonance/index/vector_index.h"

#include <memory>
#include <span>
#include <string>
#include <vector>

namespace resonance::index {

/// Exact search over float32 rows that somebody else keeps in memory, or mapped from a file.
///
/// With codes, a query reads a quarter of the bytes: the codes bound every row's score from above and below,
/// and only rows that may still be among the K best are scored from their floats (the filter step of the
/// VA-file, Weber, Schek and Blott 1998, with residual norms for cells). A large batch instead takes tiles of
/// the matrix product in float32, whose rounding error is bounded by gamma_D |q| |x| in whatever order it
/// sums (Higham 2002, section 3.1), and scores likewise what the bound leaves open. Either way the answer is
/// that of a plain loop, score by score. The matrix product runs on the calling thread's OpenMP setting; all
/// else on the calling thread.
class ExactIndex final : public VectorIndex {
 public:
  /// @param vectors  N x D row-major, finite; must outlive the index
  /// @param codes    of these very vectors, or null; used for inner products
  /// @throws Error(invalid_argument) for a bad shape or codes of another shape
  ExactIndex(std::span<const float> vectors, std::size_t dimensions, Metric metric = Metric::inner_product,
             std::shared_ptr<const RowCodes> codes = nullptr);

  [[nodiscard]] std::string name() const override { return "exact"; }
  /// N x D
  [[nodiscard]] std::span<const float> vectors() const noexcept { return vectors_; }
  /// Score of one row, as in every answer. @param row  below size()
  [[nodiscard]] float score(std::span<const float> query, std::size_t row) const;

 protected:
  [[nodiscard]] std::vector<Neighbor> do_search(std::span<const float> query, std::size_t count,
                                                const SearchSettings& settings) const override;
  [[nodiscard]] std::vector<std::vector<Neighbor>> do_search_batch(
      std::span<const float> queries, std::size_t count, const SearchSettings& settings) const override;

 private:
  [[nodiscard]] std::vector<Neighbor> search_floats(std::span<const float> query, std::size_t count,
                                                    const RowFilter* filter) const;
  [[nodiscard]] std::vector<std::vector<Neighbor>> search_codes(std::span<const float> queries,
                                                                std::size_t count,
                                                                const RowFilter* filter) const;
  [[nodiscard]] std::vector<std::vector<Neighbor>> search_product(std::span<const float> queries,
                                                                  std::size_t count,
                                                                  const RowFilter* filter) const;
  [[nodiscard]] bool codes_pay(std::span<const float> query, std::size_t count,
                               const RowFilter* filter) const;

  std::span<const float> vectors_;
  std::shared_ptr<const RowCodes> codes_;
};

}  // namespace resonance::index
