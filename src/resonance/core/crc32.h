#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace resonance {

/// CRC-32 of ISO 3309 (reflected polynomial 0xEDB88320), as ZIP and PNG use it. Pass the result of the part
/// before to go on; 0 to begin.
std::uint32_t crc32(std::uint32_t crc, std::span<const std::byte> bytes);
std::uint32_t crc32(std::uint32_t crc, std::string_view bytes);

}  // namespace resonance
