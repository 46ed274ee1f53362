#include "resonance/ranking/cheapest_order.h"

#include "resonance/core/error.h"

#include <algorithm>
#include <limits>
#include <string>

namespace resonance::ranking {
namespace {

constexpr std::size_t kMost = 2000;
constexpr int kMostPasses = 200;
// Below it a gain is rounding, and taking it could go round in circles.
constexpr double kLeastGain = 1e-9;

class LocalSearch {
 public:
  LocalSearch(const std::vector<std::size_t>& order,
              const std::function<double(std::size_t, std::size_t)>& cost, const FixedEnds& ends)
      : size_(order.size()),
        begin_(ends.first ? 1 : 0),
        end_(ends.last && size_ > 0 ? size_ - 1 : size_),
        costs_(size_ * size_) {
    for (std::size_t i = 0; i < size_; ++i) {
      path_.push_back(i);
      for (std::size_t j = 0; j < size_; ++j) {
        if (i != j) costs_[i * size_ + j] = cost(order[i], order[j]);
      }
    }
    sum_up();
  }

  std::vector<std::size_t> run() {
    for (int pass = 0; pass < kMostPasses; ++pass) {
      const bool reversed = reverse_stretches();
      const bool moved = move_neighbours();
      if (!reversed && !moved) break;
    }
    return path_;
  }

 private:
  // The edge from place a to place b; no edge leads over the ends.
  [[nodiscard]] double edge(std::size_t a, std::size_t b) const {
    return costs_[path_[a] * size_ + path_[b]];
  }
  [[nodiscard]] double before(std::size_t place, std::size_t node) const {
    return place == 0 ? 0 : edge(place - 1, node);
  }
  [[nodiscard]] double after(std::size_t node, std::size_t place) const {
    return place + 1 >= size_ ? 0 : edge(node, place + 1);
  }

  void sum_up() {
    forward_.assign(size_, 0);
    backward_.assign(size_, 0);
    for (std::size_t i = 1; i < size_; ++i) {
      forward_[i] = forward_[i - 1] + edge(i - 1, i);
      backward_[i] = backward_[i - 1] + edge(i, i - 1);
    }
  }

  bool reverse_stretches() {
    bool improved = false;
    for (std::size_t i = begin_; i < end_; ++i) {
      for (std::size_t j = i + 1; j < end_; ++j) {
        const double now = before(i, i) + forward_[j] - forward_[i] + after(j, j);
        const double then = before(i, j) + backward_[j] - backward_[i] + after(i, j);
        if (then >= now - kLeastGain) continue;
        std::reverse(at(i), at(j + 1));
        sum_up();
        improved = true;
      }
    }
    return improved;
  }

  bool move_neighbours() {
    bool improved = false;
    for (std::size_t length = 1; length <= 3; ++length) {
      for (std::size_t i = begin_; i + length <= end_; ++i) {
        const std::size_t last = i + length - 1;
        const double bridge = i == 0 || last + 1 >= size_ ? 0 : edge(i - 1, last + 1);
        const double gain = before(i, i) + after(last, last) - bridge;
        if (gain <= kLeastGain) continue;
        improved = move(i, last, gain) || improved;
      }
    }
    return improved;
  }

  // Takes the stretch to the best gap, if that costs less than `gain`: in front of place k, or behind the
  // last.
  bool move(std::size_t first, std::size_t last, double gain) {
    double best = gain - kLeastGain;
    std::size_t target = size_ + 1;
    for (std::size_t k = begin_; k <= end_; ++k) {
      if (k >= first && k <= last + 1) continue;
      const double in = k == 0 ? 0 : edge(k - 1, first);
      const double out = k >= size_ ? 0 : edge(last, k);
      const double gap = k == 0 || k >= size_ ? 0 : edge(k - 1, k);
      if (in + out - gap < best) {
        best = in + out - gap;
        target = k;
      }
    }
    if (target > size_) return false;
    if (target < first) {
      std::rotate(at(target), at(first), at(last + 1));
    } else {
      std::rotate(at(first), at(last + 1), at(target));
    }
    sum_up();
    return true;
  }

  std::vector<std::size_t>::iterator at(std::size_t place) {
    return path_.begin() + static_cast<std::ptrdiff_t>(place);
  }

  std::size_t size_;
  std::size_t begin_;  // places that may change: [begin, end)
  std::size_t end_;
  std::vector<double> costs_;
  std::vector<std::size_t> path_;
  std::vector<double> forward_;  // sums of edges up to a place, in this direction and against it
  std::vector<double> backward_;
};

}  // namespace

std::vector<std::size_t> nearest_neighbour_order(const std::vector<std::size_t>& order,
                                                 const std::function<double(std::size_t, std::size_t)>& cost,
                                                 const FixedEnds& ends) {
  std::vector<std::size_t> result = order;
  const std::size_t end = ends.last && !result.empty() ? result.size() - 1 : result.size();
  for (std::size_t place = 1; place < end; ++place) {
    std::size_t nearest = place;
    double least = std::numeric_limits<double>::infinity();
    for (std::size_t i = place; i < end; ++i) {
      const double step = cost(result[place - 1], result[i]);
      if (step < least) {
        least = step;
        nearest = i;
      }
    }
    const auto first = result.begin() + static_cast<std::ptrdiff_t>(place);
    const auto found = result.begin() + static_cast<std::ptrdiff_t>(nearest);
    std::rotate(first, found, found + 1);  // the others keep their order
  }
  return result;
}

std::vector<std::size_t> improved_order(std::vector<std::size_t> order,
                                        const std::function<double(std::size_t, std::size_t)>& cost,
                                        const FixedEnds& ends) {
  if (order.size() > kMost) {
    throw Error(ErrorCode::limit_exceeded,
                "at most " + std::to_string(kMost) + " tracks can be put in order at once");
  }
  std::vector<std::size_t> improved;
  for (const std::size_t place : LocalSearch(order, cost, ends).run()) improved.push_back(order[place]);
  return improved;
}

}  // namespace resonance::ranking
