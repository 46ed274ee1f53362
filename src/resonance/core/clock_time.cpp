#include "resonance/core/clock_time.h"

#include "resonance/core/decimal.h"

#include <array>
#include <cmath>
#include <cstddef>
#include <cstdio>

namespace resonance {

std::optional<double> parse_clock_time(std::string_view text) {
  double seconds = 0;
  for (int parts = 1;; ++parts) {
    const std::size_t colon = text.find(':');
    const auto part = parse_number(text.substr(0, colon));
    if (!part || std::signbit(*part) || parts > 3) return std::nullopt;
    if (parts > 1 && *part >= 60) return std::nullopt;
    seconds = seconds * 60 + *part;
    if (colon == std::string_view::npos) return seconds;
    text.remove_prefix(colon + 1);
  }
}

std::string clock_time(double seconds) {
  const long long whole = std::llround(seconds);
  std::array<char, 40> text{};
  const int length = whole >= 3600
                         ? std::snprintf(text.data(), text.size(), "%lld:%02lld:%02lld", whole / 3600,
                                         whole / 60 % 60, whole % 60)
                         : std::snprintf(text.data(), text.size(), "%lld:%02lld", whole / 60, whole % 60);
  return {text.data(), static_cast<std::size_t>(length)};
}

}  // namespace resonance
