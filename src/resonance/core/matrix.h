#pragma once

#include <cassert>
#include <cstddef>
#include <span>
#include <vector>

namespace resonance {

/// A dense float matrix, row-major: rows x cols, row r at data()[r * cols()].
class Matrix {
 public:
  Matrix() = default;
  Matrix(std::size_t rows, std::size_t cols) : rows_(rows), cols_(cols), values_(rows * cols) {}

  [[nodiscard]] std::size_t rows() const noexcept { return rows_; }
  [[nodiscard]] std::size_t cols() const noexcept { return cols_; }
  [[nodiscard]] bool empty() const noexcept { return values_.empty(); }
  [[nodiscard]] std::span<const float> values() const noexcept { return values_; }
  [[nodiscard]] std::span<float> values() noexcept { return values_; }

  [[nodiscard]] std::span<const float> row(std::size_t index) const {
    assert(index < rows_);
    return std::span<const float>(values_).subspan(index * cols_, cols_);
  }
  [[nodiscard]] std::span<float> row(std::size_t index) {
    assert(index < rows_);
    return std::span<float>(values_).subspan(index * cols_, cols_);
  }
  [[nodiscard]] float operator()(std::size_t row, std::size_t col) const {
    return values_[row * cols_ + col];
  }
  [[nodiscard]] float& operator()(std::size_t row, std::size_t col) { return values_[row * cols_ + col]; }

 private:
  std::size_t rows_ = 0;
  std::size_t cols_ = 0;
  std::vector<float> values_;
};

}  // namespace resonance
