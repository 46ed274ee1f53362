#pragma once

#include <cstdint>
#include <span>

/// Floats as IEEE 754 binary16 in two byte planes: all low bytes, then all high bytes. The high bytes (sign,
/// exponent and the first bits of the mantissa) repeat and compress well, which they do not while interleaved
/// with the low ones. Plain integer arithmetic that compilers vectorise for every processor, without a
/// conversion instruction that some lack.
namespace resonance::cache {

/// Largest finite float16; what is larger becomes this.
inline constexpr float kLargestHalf = 65504.0F;
/// Relative error of values in [2^-14, kLargestHalf], and half of the absolute step below it.
inline constexpr float kHalfRelativeError = 1.0F / 2048;
inline constexpr float kHalfAbsoluteError = 1.0F / 33554432;

/// Rounds to nearest, ties to even. @param planes 2 x values.size() bytes
/// @return false if a value is infinite or not a number; `planes` is then of no use
bool split_halves(std::span<const float> values, std::span<std::uint8_t> planes);

/// @param planes 2 x values.size() bytes
/// @return false if a value is infinite or not a number, which split_halves never writes
bool join_halves(std::span<const std::uint8_t> planes, std::span<float> values);

}  // namespace resonance::cache
