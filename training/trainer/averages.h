#pragma once

#include <map>
#include <string>
#include <utility>

#include "training/trainer/run_state.h"

namespace resonance::training {

/// Sums of named values, to be averaged over an epoch.
class Averages {
 public:
  void add(const std::string& name, double value) {
    auto& [sum, count] = sums_[name];
    sum += value;
    ++count;
  }
  [[nodiscard]] Metrics means() const {
    Metrics result;
    for (const auto& [name, entry] : sums_) result[name] = entry.first / static_cast<double>(entry.second);
    return result;
  }

 private:
  std::map<std::string, std::pair<double, int>> sums_;
};

}  // namespace resonance::training
