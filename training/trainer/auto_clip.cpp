#include "training/trainer/auto_clip.h"

#include <algorithm>
#include <cmath>

namespace resonance::training {

double AutoClip::factor(double length) {
  if (!std::isfinite(length)) return 1;
  if (history_.size() == kHistory) history_.erase(history_.begin());
  history_.push_back(length);
  if (percentile_ >= 100) return 1;
  std::vector<double> sorted = history_;
  const double position = percentile_ / 100 * static_cast<double>(sorted.size() - 1);
  const auto low = static_cast<std::ptrdiff_t>(position);
  std::nth_element(sorted.begin(), sorted.begin() + low, sorted.end());
  const double below = sorted[static_cast<std::size_t>(low)];
  const auto next = sorted.begin() + low + 1;
  const double above = next == sorted.end() ? below : *std::min_element(next, sorted.end());
  const double limit = below + (position - static_cast<double>(low)) * (above - below);
  return length > limit && length > 0 ? limit / length : 1;
}

}  // namespace resonance::training
