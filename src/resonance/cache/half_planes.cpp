#include "resonance/cache/half_planes.h"

#include <bit>
#include <cassert>
#include <cstddef>

namespace resonance::cache {
namespace {

constexpr std::uint32_t kSignless = 0x7fffffffU;
constexpr std::uint32_t kFloatInfinity = 0x7f800000U;
constexpr std::uint32_t kHalfInfinity = 0x7c00U;
constexpr std::uint32_t kLargestBits = 0x477fe000U;     // kLargestHalf as float
constexpr std::uint32_t kSmallestNormal = 0x38800000U;  // 2^-14, the smallest normal half, as float
constexpr std::uint32_t kRebias = (127U - 15U) << 23U;  // between the two formats' exponents
constexpr std::uint32_t kDroppedBits = 13;              // of the mantissa
constexpr float kSubnormalStep = 0.5F;  // its unit in the last place is 2^-24, a half's smallest step
constexpr std::uint32_t kSubnormalBits = 0x3f000000U;  // 0.5F

std::uint32_t to_half(std::uint32_t bits) {
  std::uint32_t magnitude = bits & kSignless;
  magnitude = magnitude < kLargestBits ? magnitude : kLargestBits;
  // Half a unit minus one, and the last bit that stays: rounds up above the middle, and in the middle if odd.
  const std::uint32_t rounding = 0xfffU + ((magnitude >> kDroppedBits) & 1U);
  const std::uint32_t normal = (magnitude + rounding - kRebias) >> kDroppedBits;
  // The addition rounds to the half's step, and leaves the count of steps in the sum's last bits.
  const std::uint32_t subnormal =
      std::bit_cast<std::uint32_t>(std::bit_cast<float>(magnitude) + kSubnormalStep) - kSubnormalBits;
  const std::uint32_t half = magnitude < kSmallestNormal ? subnormal : normal;
  return half | ((bits >> 16U) & 0x8000U);
}

std::uint32_t from_half(std::uint32_t half) {
  const std::uint32_t magnitude = half & 0x7fffU;
  const std::uint32_t normal = (magnitude << kDroppedBits) + kRebias;
  const std::uint32_t subnormal =
      std::bit_cast<std::uint32_t>(std::bit_cast<float>(kSubnormalBits + magnitude) - kSubnormalStep);
  const std::uint32_t bits = magnitude < 0x400U ? subnormal : normal;
  return bits | ((half & 0x8000U) << 16U);
}

}  // namespace

bool split_halves(std::span<const float> values, std::span<std::uint8_t> planes) {
  assert(planes.size() == 2 * values.size());
  const std::size_t count = values.size();
  std::uint8_t* const low = planes.data();
  std::uint8_t* const high = low + count;
  std::uint32_t largest = 0;
  for (std::size_t i = 0; i < count; ++i) {
    const auto bits = std::bit_cast<std::uint32_t>(values[i]);
    const std::uint32_t magnitude = bits & kSignless;
    largest = largest > magnitude ? largest : magnitude;
    const std::uint32_t half = to_half(bits);
    low[i] = static_cast<std::uint8_t>(half);
    high[i] = static_cast<std::uint8_t>(half >> 8U);
  }
  return largest < kFloatInfinity;
}

bool join_halves(std::span<const std::uint8_t> planes, std::span<float> values) {
  assert(planes.size() == 2 * values.size());
  const std::size_t count = values.size();
  const std::uint8_t* const low = planes.data();
  const std::uint8_t* const high = low + count;
  std::uint32_t largest = 0;
  for (std::size_t i = 0; i < count; ++i) {
    const std::uint32_t half =
        static_cast<std::uint32_t>(low[i]) | (static_cast<std::uint32_t>(high[i]) << 8U);
    const std::uint32_t magnitude = half & 0x7fffU;
    largest = largest > magnitude ? largest : magnitude;
    values[i] = std::bit_cast<float>(from_half(half));
  }
  return largest < kHalfInfinity;
}

}  // namespace resonance::cache
