#pragma once

#include <cassert>
#include <cmath>
#include <cstddef>
#include <span>
#include <vector>

/// The little vector arithmetic that ranking needs, summed in double so that results do not depend on the
/// order in which a compiler vectorises floats. Internal to this layer.
namespace resonance::ranking {

/// @param a, b  of one length
inline double inner_product(std::span<const float> a, std::span<const float> b) {
  assert(a.size() == b.size());
  // Four sums hide the latency of one; their order is fixed.
  double sums[4] = {0, 0, 0, 0};
  const std::size_t whole = a.size() - a.size() % 4;
  for (std::size_t i = 0; i < whole; i += 4) {
    for (std::size_t lane = 0; lane < 4; ++lane) sums[lane] += double{a[i + lane]} * double{b[i + lane]};
  }
  for (std::size_t i = whole; i < a.size(); ++i) sums[0] += double{a[i]} * double{b[i]};
  return (sums[0] + sums[1]) + (sums[2] + sums[3]);
}

/// sum += factor * values
inline void add_scaled(std::span<double> sum, std::span<const float> values, double factor) {
  assert(sum.size() == values.size());
  for (std::size_t i = 0; i < sum.size(); ++i) sum[i] += factor * double{values[i]};
}

inline double length_of(std::span<const double> values) {
  double squares = 0;
  for (const double value : values) squares += value * value;
  return std::sqrt(squares);
}

/// In unit length; as it is if its length is zero.
inline std::vector<float> normalised(std::span<const double> values) {
  const double length = length_of(values);
  const double factor = length > 0 ? 1.0 / length : 1.0;
  std::vector<float> unit(values.size());
  for (std::size_t i = 0; i < values.size(); ++i) unit[i] = static_cast<float>(values[i] * factor);
  return unit;
}

/// The angle between two unit vectors, [0, pi]; acos, kept exact for nearly equal vectors by the chord.
inline double angle_between(std::span<const float> a, std::span<const float> b) {
  assert(a.size() == b.size());
  double minus = 0;
  double plus = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    const double difference = double{a[i]} - double{b[i]};
    const double sum = double{a[i]} + double{b[i]};
    minus += difference * difference;
    plus += sum * sum;
  }
  return 2.0 * std::atan2(std::sqrt(minus), std::sqrt(plus));
}

}  // namespace resonance::ranking
