#include "resonance/core/crc32.h"

#include <array>

namespace resonance {
namespace {

constexpr std::size_t kStep = 8;
// Entry [k][b] is what byte b does to the sum when k zero bytes follow it.
using Tables = std::array<std::array<std::uint32_t, 256>, kStep>;

constexpr Tables make_tables() {
  Tables tables{};
  for (std::uint32_t i = 0; i < 256; ++i) {
    std::uint32_t value = i;
    for (int bit = 0; bit < 8; ++bit) value = (value & 1U) != 0 ? 0xEDB88320U ^ (value >> 1) : value >> 1;
    tables[0][i] = value;
  }
  for (std::size_t k = 1; k < kStep; ++k) {
    for (std::size_t i = 0; i < 256; ++i) {
      const std::uint32_t before = tables[k - 1][i];
      tables[k][i] = tables[0][before & 0xff] ^ (before >> 8);
    }
  }
  return tables;
}

constexpr Tables kTables = make_tables();

}  // namespace

// Eight bytes a step (Kounavis and Berry 2005, "slicing by 8"): a table look-up a byte at a time waits for
// the one before, which was a fifth of what writing a track's features took.
std::uint32_t crc32(std::uint32_t crc, std::span<const std::byte> bytes) {
  crc = ~crc;
  for (; bytes.size() >= kStep; bytes = bytes.subspan(kStep)) {
    std::uint32_t next = 0;
    for (std::size_t i = 0; i < kStep; ++i) {
      const std::uint32_t before = i < 4 ? crc >> (8 * i) : 0;
      next ^= kTables[kStep - 1 - i][(before ^ static_cast<std::uint32_t>(bytes[i])) & 0xff];
    }
    crc = next;
  }
  for (const std::byte byte : bytes)
    crc = kTables[0][(crc ^ static_cast<std::uint32_t>(byte)) & 0xff] ^ (crc >> 8);
  return ~crc;
}

std::uint32_t crc32(std::uint32_t crc, std::string_view bytes) {
  return crc32(crc, std::as_bytes(std::span(bytes.data(), bytes.size())));
}

}  // namespace resonance
