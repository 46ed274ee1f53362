#include "resonance/index/row_filter.h"

#include "resonance/core/error.h"

#include <string>

namespace resonance::index {

RowFilter::RowFilter(std::size_t rows, bool allow_all)
    : size_(rows), count_(allow_all ? rows : 0), words_((rows + 63) / 64, allow_all ? ~std::uint64_t{0} : 0) {
  if (allow_all && rows % 64 != 0) words_.back() = (std::uint64_t{1} << (rows % 64)) - 1;
}

void RowFilter::check(std::size_t row) const {
  if (row >= size_) {
    throw Error(ErrorCode::invalid_argument,
                "row " + std::to_string(row) + " of a filter over " + std::to_string(size_));
  }
}

void RowFilter::allow(std::size_t row) {
  check(row);
  if (!allows(row)) ++count_;
  words_[row / 64] |= std::uint64_t{1} << (row % 64);
}

void RowFilter::forbid(std::size_t row) {
  check(row);
  if (allows(row)) --count_;
  words_[row / 64] &= ~(std::uint64_t{1} << (row % 64));
}

}  // namespace resonance::index
