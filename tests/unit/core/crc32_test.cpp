#include "resonance/core/crc32.h"

#include <string>

#include <gtest/gtest.h>

namespace resonance {
namespace {

// The definition, a bit at a time.
std::uint32_t bit_by_bit(std::string_view bytes) {
  std::uint32_t crc = ~0U;
  for (const char byte : bytes) {
    crc ^= static_cast<unsigned char>(byte);
    for (int bit = 0; bit < 8; ++bit) crc = (crc & 1U) != 0 ? 0xEDB88320U ^ (crc >> 1) : crc >> 1;
  }
  return ~crc;
}

std::string bytes_of_all_values(std::size_t size) {
  std::string bytes(size, '\0');
  for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<char>(i * 37 % 256);
  return bytes;
}

TEST(Crc32, of_the_digits_is_the_published_check_value) { EXPECT_EQ(crc32(0, "123456789"), 0xCBF43926U); }

TEST(Crc32, of_any_length_is_what_the_definition_says) {
  for (std::size_t size = 0; size < 300; ++size) {
    const std::string bytes = bytes_of_all_values(size);
    EXPECT_EQ(crc32(0, bytes), bit_by_bit(bytes)) << size;
  }
}

TEST(Crc32, goes_on_from_any_part) {
  const std::string bytes = bytes_of_all_values(64);
  for (std::size_t first = 0; first <= bytes.size(); ++first) {
    const std::string_view whole = bytes;
    EXPECT_EQ(crc32(crc32(0, whole.substr(0, first)), whole.substr(first)), bit_by_bit(bytes)) << first;
  }
}

}  // namespace
}  // namespace resonance
