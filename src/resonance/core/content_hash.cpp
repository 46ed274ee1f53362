#include "resonance/core/content_hash.h"

#include <charconv>
#include <cstddef>

namespace resonance {

std::string to_hex(const ContentHash& hash) {
  static constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text;
  text.reserve(hash.bytes.size() * 2);
  for (const std::uint8_t byte : hash.bytes) {
    text.push_back(kDigits[byte >> 4]);
    text.push_back(kDigits[byte & 15]);
  }
  return text;
}

std::optional<ContentHash> content_hash_from_hex(std::string_view text) {
  ContentHash hash;
  if (text.size() != hash.bytes.size() * 2) return std::nullopt;
  for (std::size_t i = 0; i < hash.bytes.size(); ++i) {
    const char* first = text.data() + 2 * i;
    const auto [end, error] = std::from_chars(first, first + 2, hash.bytes[i], 16);
    if (error != std::errc() || end != first + 2) return std::nullopt;
  }
  return hash;
}

}  // namespace resonance
