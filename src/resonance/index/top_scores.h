#pragma once

#include "resonance/index/neighbor.h"

#include <algorithm>
#include <cstddef>
#include <functional>
#include <limits>
#include <utility>
#include <vector>

namespace resonance::index {

/// The K best neighbours among those offered. Not thread-safe.
class TopNeighbors {
 public:
  /// @param count  K, at least 1
  explicit TopNeighbors(std::size_t count) : count_(count) {}

  void offer(const Neighbor& neighbor) {
    if (neighbor.score != neighbor.score) return;  // of a damaged row: no place among numbers
    if (heap_.size() < count_) {
      heap_.push_back(neighbor);
      std::push_heap(heap_.begin(), heap_.end(), is_better);
    } else if (is_better(neighbor, heap_.front())) {
      std::pop_heap(heap_.begin(), heap_.end(), is_better);
      heap_.back() = neighbor;
      std::push_heap(heap_.begin(), heap_.end(), is_better);
    }
  }
  /// What a score must not be below to get in: that of the K-th best.
  [[nodiscard]] float threshold() const {
    return heap_.size() < count_ ? -std::numeric_limits<float>::infinity() : heap_.front().score;
  }
  /// The best, in order. Leaves nothing.
  [[nodiscard]] std::vector<Neighbor> take() {
    std::sort_heap(heap_.begin(), heap_.end(), is_better);
    return std::exchange(heap_, {});
  }

 private:
  std::size_t count_;
  std::vector<Neighbor> heap_;  // the worst in front
};

/// The K-th greatest of the numbers offered. Not thread-safe.
class TopScores {
 public:
  explicit TopScores(std::size_t count) : count_(count) {}

  void offer(float score) {
    if (heap_.size() < count_) {
      heap_.push_back(score);
      std::push_heap(heap_.begin(), heap_.end(), std::greater<>());
    } else if (score > heap_.front()) {
      std::pop_heap(heap_.begin(), heap_.end(), std::greater<>());
      heap_.back() = score;
      std::push_heap(heap_.begin(), heap_.end(), std::greater<>());
    }
  }
  [[nodiscard]] float threshold() const {
    return heap_.size() < count_ ? -std::numeric_limits<float>::infinity() : heap_.front();
  }

 private:
  std::size_t count_;
  std::vector<float> heap_;  // the least in front
};

}  // namespace resonance::index
