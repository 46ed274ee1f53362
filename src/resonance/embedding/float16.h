#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>

#include <Eigen/Core>

namespace resonance::embedding {

inline constexpr float kFloat16Max = 65504.0F;

/// IEEE 754 binary16, round to nearest even; saturates instead of overflowing, NaN becomes 0.
inline std::uint16_t to_float16(float value) {
  if (std::isnan(value)) return 0;
  return Eigen::numext::bit_cast<std::uint16_t>(Eigen::half(std::clamp(value, -kFloat16Max, kFloat16Max)));
}

inline float from_float16(std::uint16_t bits) {
  return static_cast<float>(Eigen::numext::bit_cast<Eigen::half>(bits));
}

}  // namespace resonance::embedding
