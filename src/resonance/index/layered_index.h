#pragma once

#include "resonance/index/exact_index.h"
#include "resonance/index/row_filter.h"
#include "resonance/index/vector_index.h"

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace resonance::index {

/// An index that has been changed without being rebuilt: a base, some rows of which are gone, and a tail of
/// rows that came later and are searched exactly. Rows 0 ... B - 1 are the base's, gone ones included, so
/// that a row keeps its number; the tail's follow. A search asks the base with the rows that are left as a
/// filter, and the tail, and merges both. Immutable; thread-safe.
class LayeredIndex final : public VectorIndex {
 public:
  /// @param base        finds rows of the base
  /// @param base_rows   exact search over the same rows; may be `base` itself
  /// @param base_left   of the base's rows, those that are not gone; all if empty
  /// @param tail        or null
  /// @throws Error(invalid_argument) for parts of differing shape or metric
  LayeredIndex(std::shared_ptr<const VectorIndex> base, std::shared_ptr<const ExactIndex> base_rows,
               std::optional<RowFilter> base_left, std::shared_ptr<const ExactIndex> tail);

  /// The base's.
  [[nodiscard]] std::string name() const override { return base_->name(); }
  [[nodiscard]] SettingNames setting_names() const override { return base_->setting_names(); }
  /// D values. @param row  below size(); also one that is gone
  [[nodiscard]] std::span<const float> vector(std::size_t row) const;
  /// Whether a row is left. @param row  below size()
  [[nodiscard]] bool has(std::size_t row) const;
  /// Rows that are left.
  [[nodiscard]] std::size_t count() const;

 protected:
  [[nodiscard]] std::vector<Neighbor> do_search(std::span<const float> query, std::size_t count,
                                                const SearchSettings& settings) const override;
  [[nodiscard]] std::vector<std::vector<Neighbor>> do_search_batch(
      std::span<const float> queries, std::size_t count, const SearchSettings& settings) const override;

 private:
  std::shared_ptr<const VectorIndex> base_;
  std::shared_ptr<const ExactIndex> base_rows_;
  std::optional<RowFilter> base_left_;
  std::shared_ptr<const ExactIndex> tail_;
};

}  // namespace resonance::index
