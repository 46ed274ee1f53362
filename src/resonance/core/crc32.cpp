#include "resonance/core/crc32.h"

#include <array>

namespace resonance {

std::uint32_t crc32(std::uint32_t crc, std::span<const std::byte> bytes) {
  static const std::array<std::uint32_t, 256> kTable = [] {
    std::array<std::uint32_t, 256> table{};
    for (std::uint32_t i = 0; i < table.size(); ++i) {
      std::uint32_t value = i;
      for (int bit = 0; bit < 8; ++bit) value = (value & 1U) != 0 ? 0xEDB88320U ^ (value >> 1) : value >> 1;
      table[i] = value;
    }
    return table;
  }();
  crc = ~crc;
  for (const std::byte byte : bytes)
    crc = kTable[(crc ^ static_cast<std::uint32_t>(byte)) & 0xff] ^ (crc >> 8);
  return ~crc;
}

std::uint32_t crc32(std::uint32_t crc, std::string_view bytes) {
  return crc32(crc, std::as_bytes(std::span(bytes.data(), bytes.size())));
}

}  // namespace resonance
