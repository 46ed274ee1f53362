#include "resonance/index/row_filter.h"

#include "resonance/core/error.h"

#include <bit>
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

RowFilter RowFilter::slice(std::size_t first, std::size_t rows) const {
  if (first > size_ || rows > size_ - first) check(size_);
  RowFilter result(rows);
  const std::size_t shift = first % 64;
  for (std::size_t w = 0; w < result.words_.size(); ++w) {
    const std::size_t from = first / 64 + w;
    std::uint64_t word = words_[from] >> shift;
    if (shift != 0 && from + 1 < words_.size()) word |= words_[from + 1] << (64 - shift);
    result.words_[w] = word;
  }
  if (rows % 64 != 0) result.words_.back() &= (std::uint64_t{1} << (rows % 64)) - 1;
  result.recount();
  return result;
}

void RowFilter::keep_only(const RowFilter& other) {
  if (other.size_ != size_) {
    throw Error(ErrorCode::invalid_argument,
                "filters over " + std::to_string(size_) + " and " + std::to_string(other.size_) + " rows");
  }
  for (std::size_t w = 0; w < words_.size(); ++w) words_[w] &= other.words_[w];
  recount();
}

void RowFilter::recount() {
  count_ = 0;
  for (const std::uint64_t word : words_) count_ += static_cast<std::size_t>(std::popcount(word));
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
