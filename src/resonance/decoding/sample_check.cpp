#include "resonance/decoding/sample_check.h"

#include <bit>

namespace resonance::decoding {
namespace {

// Exponent all ones. On the bits, and without an early exit, so that the loop vectorises.
std::uint32_t is_invalid(float sample) {
  constexpr std::uint32_t kExponent = 0x7F800000;
  return (std::bit_cast<std::uint32_t>(sample) & kExponent) == kExponent ? 1 : 0;
}

}  // namespace

bool all_finite(std::span<const float> samples) {
  std::uint32_t invalid = 0;
  for (const float sample : samples) invalid |= is_invalid(sample);
  return invalid == 0;
}

std::int64_t zero_invalid(std::span<float> samples) {
  if (all_finite(samples)) return 0;
  std::int64_t count = 0;
  for (float& sample : samples) {
    if (is_invalid(sample) == 0) continue;
    sample = 0;
    ++count;
  }
  return count;
}

}  // namespace resonance::decoding
