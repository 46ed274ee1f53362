#include "resonance/core/tag_parts.h"

#include <cstddef>

namespace resonance {

std::vector<std::string_view> tag_parts(std::string_view text) {
  static constexpr std::string_view kSeparators{";,/|\0", 5};
  static constexpr std::string_view kBlanks{" \t\r\n"};
  std::vector<std::string_view> parts;
  for (;;) {
    const std::size_t end = text.find_first_of(kSeparators);
    std::string_view part = text.substr(0, end);
    const std::size_t first = part.find_first_not_of(kBlanks);
    if (first != std::string_view::npos) {
      parts.push_back(part.substr(first, part.find_last_not_of(kBlanks) - first + 1));
    }
    if (end == std::string_view::npos) return parts;
    text.remove_prefix(end + 1);
  }
}

}  // namespace resonance
