#include "resonance/embedding/descriptor.h"

#include "resonance/core/error.h"

#include <limits>

#include <gtest/gtest.h>

namespace resonance::embedding {
namespace {

Descriptor sample_descriptor() { return {.timbre = {1, -2.5F, 0.125F}, .harmony = {}, .rhythm = {65504}}; }

TEST(Descriptor, values_that_float16_can_hold_round_trip_exactly) {
  EXPECT_EQ(decode_descriptor(encode(sample_descriptor())), sample_descriptor());
}

TEST(Descriptor, what_is_kept_is_the_rounded_descriptor_and_rounding_twice_changes_nothing) {
  const Descriptor fine{.timbre = {0.1F, 1e6F, -1e-9F}, .harmony = {3.14159F}, .rhythm = {}};
  EXPECT_EQ(decode_descriptor(encode(fine)), rounded(fine));
  EXPECT_EQ(rounded(rounded(fine)), rounded(fine));
  EXPECT_NEAR(rounded(fine).harmony[0], 3.14159F, 3.14159F / 2048);
  EXPECT_EQ(rounded(fine).timbre[1], 65504.0F);
}

TEST(Descriptor, a_value_that_is_not_a_number_becomes_zero_and_infinity_the_largest_value) {
  const float infinity = std::numeric_limits<float>::infinity();
  const Descriptor kept =
      rounded({.timbre = {std::numeric_limits<float>::quiet_NaN(), -infinity}, .harmony = {}, .rhythm = {}});
  EXPECT_EQ(kept.timbre[0], 0.0F);
  EXPECT_EQ(kept.timbre[1], -65504.0F);
}

TEST(Descriptor, every_truncation_of_it_is_an_error_and_so_is_anything_after_it) {
  const std::string bytes = encode(sample_descriptor());
  for (std::size_t length = 0; length < bytes.size(); ++length) {
    EXPECT_THROW((void)decode_descriptor(std::string_view(bytes).substr(0, length)), Error) << length;
  }
  EXPECT_THROW((void)decode_descriptor(bytes + "x"), Error);
}

TEST(Descriptor, counts_that_lie_and_values_that_are_not_finite_are_errors) {
  std::string bytes = encode(sample_descriptor());
  bytes[4] = bytes[5] = bytes[6] = bytes[7] = '\xff';
  EXPECT_THROW((void)decode_descriptor(bytes), Error);
  bytes = encode(sample_descriptor());
  bytes[8] = '\x00';
  bytes[9] = '\x7c';  // +infinity
  EXPECT_THROW((void)decode_descriptor(bytes), Error);
  bytes = encode(sample_descriptor());
  bytes[0] = 'X';
  EXPECT_THROW((void)decode_descriptor(bytes), Error);
}

}  // namespace
}  // namespace resonance::embedding
