#pragma once

#include <cmath>
#include <cstdint>
#include <initializer_list>
#include <numbers>

namespace resonance::training {

/// A small seeded generator: splitmix64 (Steele, Lea & Flood 2014), the same on every machine. Not
/// thread-safe.
class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(seed) {}
  /// A generator that follows from several numbers, e.g. seed, epoch and step: what is drawn for one step
  /// does not depend on what was drawn for another.
  Random(std::initializer_list<std::uint64_t> parts) {
    for (const std::uint64_t part : parts) {
      state_ ^= part + 0x9e3779b97f4a7c15U + (state_ << 6U) + (state_ >> 2U);
      next();
    }
  }

  std::uint64_t next() {
    std::uint64_t z = state_ += 0x9e3779b97f4a7c15U;
    z = (z ^ (z >> 30U)) * 0xbf58476d1ce4e5b9U;
    z = (z ^ (z >> 27U)) * 0x94d049bb133111ebU;
    return z ^ (z >> 31U);
  }
  /// In [0, 1).
  double uniform() { return static_cast<double>(next() >> 11U) * 0x1.0p-53; }
  double uniform(double low, double high) { return low + (high - low) * uniform(); }
  /// In [0, count); 0 if `count` is 0.
  std::uint64_t below(std::uint64_t count) {
    return static_cast<std::uint64_t>(uniform() * static_cast<double>(count));
  }
  bool chance(double probability) { return uniform() < probability; }
  double normal() {
    const double radius = std::sqrt(-2 * std::log(1 - uniform()));
    return radius * std::cos(2 * std::numbers::pi * uniform());
  }

 private:
  std::uint64_t state_ = 0;
};

/// Puts values in a random order (Fisher-Yates).
template <typename Values>
void shuffle(Values& values, Random& random) {
  for (std::size_t i = values.size(); i > 1; --i) std::swap(values[i - 1], values[random.below(i)]);
}

}  // namespace resonance::training
