#include "resonance/cache/half_planes.h"

#include <array>
#include <bit>
#include <cmath>
#include <limits>
#include <random>
#include <vector>

#include <gtest/gtest.h>

namespace resonance::cache {
namespace {

constexpr std::uint32_t kFiniteHalves = 0x7c00;

// IEEE 754 binary16 by its definition: 1 sign, 5 exponent and 10 mantissa bits, bias 15.
float value_of(std::uint32_t half) {
  const auto exponent = static_cast<int>((half >> 10U) & 31U);
  const auto mantissa = static_cast<float>(half & 1023U);
  const float magnitude =
      exponent == 0 ? std::ldexp(mantissa, -24) : std::ldexp(1024.0F + mantissa, exponent - 25);
  return (half & 0x8000U) != 0 ? -magnitude : magnitude;
}

std::uint32_t half_of(float value) {
  std::array<std::uint8_t, 2> planes{};
  EXPECT_TRUE(split_halves(std::array{value}, planes));
  return static_cast<std::uint32_t>(planes[0] | (planes[1] << 8));
}

TEST(HalfPlanes, every_float16_is_read_as_defined_and_written_back) {
  std::vector<std::uint32_t> halves;
  for (std::uint32_t half = 0; half < kFiniteHalves; ++half) {
    halves.push_back(half);
    halves.push_back(half | 0x8000U);
  }
  std::vector<std::uint8_t> planes;
  planes.reserve(2 * halves.size());
  for (const std::uint32_t half : halves) planes.push_back(static_cast<std::uint8_t>(half));
  for (const std::uint32_t half : halves) planes.push_back(static_cast<std::uint8_t>(half >> 8U));
  std::vector<float> values(halves.size());
  ASSERT_TRUE(join_halves(planes, values));
  for (std::size_t i = 0; i < halves.size(); ++i) {
    ASSERT_EQ(std::bit_cast<std::uint32_t>(values[i]), std::bit_cast<std::uint32_t>(value_of(halves[i])))
        << halves[i];
  }
  std::vector<std::uint8_t> again(planes.size());
  ASSERT_TRUE(split_halves(values, again));
  EXPECT_EQ(again, planes);
}

TEST(HalfPlanes, values_between_two_halves_go_to_the_nearest_and_from_the_middle_to_the_even_one) {
  for (std::uint32_t half = 0; half + 1 < kFiniteHalves; ++half) {
    const float middle = (value_of(half) + value_of(half + 1)) / 2;  // exact
    const std::uint32_t even = half + (half & 1U);
    ASSERT_EQ(half_of(middle), even) << half;
    ASSERT_EQ(half_of(-middle), even | 0x8000U) << half;
    ASSERT_EQ(half_of(std::nextafter(middle, 0.0F)), half);
    ASSERT_EQ(half_of(std::nextafter(middle, 1e9F)), half + 1);
  }
}

TEST(HalfPlanes, the_error_keeps_to_its_bounds) {
  std::mt19937 random(3);
  std::uniform_real_distribution<float> exponent(-30, 15.99F);
  std::vector<float> values(100'000);
  for (float& value : values) value = std::exp2(exponent(random)) * (random() % 2 == 0 ? 1.0F : -1.0F);
  std::vector<std::uint8_t> planes(2 * values.size());
  std::vector<float> kept(values.size());
  ASSERT_TRUE(split_halves(values, planes) && join_halves(planes, kept));
  for (std::size_t i = 0; i < values.size(); ++i) {
    ASSERT_LE(std::abs(kept[i] - values[i]),
              std::max(kHalfAbsoluteError, std::abs(values[i]) * kHalfRelativeError))
        << values[i];
  }
}

TEST(HalfPlanes, magnitudes_beyond_the_largest_half_become_that) {
  for (const float value : {65504.0F, 65519.9F, 65520.0F, 1e10F, std::numeric_limits<float>::max()}) {
    EXPECT_EQ(half_of(value), 0x7bffU);
    EXPECT_EQ(half_of(-value), 0xfbffU);
  }
  EXPECT_EQ(half_of(std::numeric_limits<float>::denorm_min()), 0U);
  EXPECT_EQ(half_of(-0.0F), 0x8000U);
}

TEST(HalfPlanes, what_is_no_number_is_told_in_both_directions) {
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  for (const float value : {kInfinity, -kInfinity, std::numeric_limits<float>::quiet_NaN()}) {
    std::vector<float> values(100, 1.0F);
    values[57] = value;
    std::vector<std::uint8_t> planes(200);
    EXPECT_FALSE(split_halves(values, planes));
  }
  for (const std::uint8_t high : {0x7c, 0x7e, 0xfc, 0xff}) {
    std::vector<std::uint8_t> planes(200);
    planes[100 + 57] = high;
    std::vector<float> values(100);
    EXPECT_FALSE(join_halves(planes, values));
  }
}

}  // namespace
}  // namespace resonance::cache
