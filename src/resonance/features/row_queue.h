#pragma once

#include <algorithm>
#include <cassert>
#include <cstddef>
#include <span>
#include <vector>

namespace resonance::features {

/// First in, first out, for rows of `cols` floats.
class RowQueue {
 public:
  explicit RowQueue(std::size_t cols) : cols_(cols) {}

  [[nodiscard]] std::size_t rows() const noexcept { return (values_.size() - taken_) / cols_; }
  void push(std::span<const float> rows) { values_.insert(values_.end(), rows.begin(), rows.end()); }
  void clear() noexcept {
    values_.clear();
    taken_ = 0;
  }
  /// Moves the oldest rows to `out`, whose size is a multiple of `cols`.
  void take(std::span<float> out) {
    assert(out.size() <= values_.size() - taken_);
    const auto first = values_.begin() + static_cast<std::ptrdiff_t>(taken_);
    std::copy_n(first, out.size(), out.begin());
    taken_ += out.size();
    if (taken_ >= values_.size() - taken_) {  // then moving what is left costs no more than what was taken
      values_.erase(values_.begin(), values_.begin() + static_cast<std::ptrdiff_t>(taken_));
      taken_ = 0;
    }
  }

 private:
  std::size_t cols_;
  std::size_t taken_ = 0;
  std::vector<float> values_;
};

}  // namespace resonance::features
