#include "resonance/decoding/clean_text.h"

#include <cstdint>

namespace resonance::decoding {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";
constexpr std::string_view kSpace = " \t\r\n\v\f";

struct Sequence {
  std::size_t length;  // bytes it takes up, at least 1
  bool valid;
};

// The well-formed byte sequences of Unicode 15, table 3-7.
Sequence first_sequence(std::string_view text) {
  const auto byte = [&](std::size_t index) { return static_cast<std::uint8_t>(text[index]); };
  const std::uint8_t lead = byte(0);
  if (lead < 0x80) return {1, true};
  if (lead < 0xC2 || lead > 0xF4) return {1, false};
  const std::size_t length = lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
  std::uint8_t low = 0x80;
  std::uint8_t high = 0xBF;
  if (lead == 0xE0) low = 0xA0;
  if (lead == 0xED) high = 0x9F;
  if (lead == 0xF0) low = 0x90;
  if (lead == 0xF4) high = 0x8F;
  for (std::size_t i = 1; i < length; ++i) {
    if (i >= text.size() || byte(i) < low || byte(i) > high) return {i, false};
    low = 0x80;
    high = 0xBF;
  }
  return {length, true};
}

std::string_view trimmed(std::string_view text) {
  const std::size_t first = text.find_first_not_of(kSpace);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kSpace) - first + 1);
}

}  // namespace

std::string clean_text(std::string_view text, std::size_t max_bytes) {
  text = trimmed(text);
  std::string clean;
  while (!text.empty()) {
    const Sequence sequence = first_sequence(text);
    const std::string_view piece = sequence.valid ? text.substr(0, sequence.length) : kReplacement;
    if (clean.size() + piece.size() > max_bytes) break;
    clean += piece;
    text.remove_prefix(sequence.length);
  }
  return clean;
}

}  // namespace resonance::decoding
