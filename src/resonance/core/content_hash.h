#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace resonance {

/// Identity of a recording's encoded audio: a 128-bit hash over the compressed audio packets, so that tags,
/// cover pictures and the file's name and place do not change it.
struct ContentHash {
  std::array<std::uint8_t, 16> bytes{};

  friend bool operator==(const ContentHash&, const ContentHash&) = default;
  // clang-tidy 14 takes a defaulted <=> for a null pointer. NOLINTNEXTLINE(modernize-use-nullptr)
  friend auto operator<=>(const ContentHash&, const ContentHash&) = default;
};

/// 32 lower-case hexadecimal digits.
std::string to_hex(const ContentHash& hash);
/// Nothing unless `text` is exactly 32 hexadecimal digits.
std::optional<ContentHash> content_hash_from_hex(std::string_view text);

}  // namespace resonance
