#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace resonance::index {

/// The rows a search may return: one bit a row, and how many there are. Copyable value; thread-safe while
/// const.
class RowFilter {
 public:
  /// A filter over rows 0 ... `rows` - 1 that allows all of them or none.
  explicit RowFilter(std::size_t rows, bool allow_all = false);

  [[nodiscard]] std::size_t size() const noexcept { return size_; }    ///< N
  [[nodiscard]] std::size_t count() const noexcept { return count_; }  ///< rows that are allowed
  /// @param row  below size()
  [[nodiscard]] bool allows(std::size_t row) const noexcept {
    return (words_[row / 64] >> (row % 64) & 1U) != 0;
  }
  /// Bit b of word w is row 64 w + b; bits beyond the last row are 0.
  [[nodiscard]] std::span<const std::uint64_t> words() const noexcept { return words_; }

  /// The filter of rows `first` ... `first` + `rows` - 1 by themselves.
  /// @throws Error(invalid_argument) if they are not all below size()
  [[nodiscard]] RowFilter slice(std::size_t first, std::size_t rows) const;
  /// Forbids what `other` forbids. @throws Error(invalid_argument) for another size
  void keep_only(const RowFilter& other);

  /// @throws Error(invalid_argument) for a row that is not below size()
  void allow(std::size_t row);
  void forbid(std::size_t row);

 private:
  void recount();
  void check(std::size_t row) const;

  std::size_t size_;
  std::size_t count_;
  std::vector<std::uint64_t> words_;
};

}  // namespace resonance::index
