#pragma once

#include <cstddef>
#include <vector>

namespace resonance::training {

/// AutoClip (Seetharaman et al. 2020, "AutoClip: adaptive gradient clipping for source separation networks"):
/// a gradient is cut to the given percentile of all gradients' lengths so far. Of a long run the latest
/// kHistory count.
class AutoClip {
 public:
  static constexpr std::size_t kHistory = 10000;

  /// @param percentile  [0, 100]; 100 never cuts
  explicit AutoClip(double percentile) : percentile_(percentile) {}

  /// What to multiply a gradient of this length with; remembers the length unless it is no number.
  double factor(double length);
  [[nodiscard]] const std::vector<double>& history() const { return history_; }
  void restore(std::vector<double> history) { history_ = std::move(history); }

 private:
  double percentile_;
  std::vector<double> history_;
};

}  // namespace resonance::training
