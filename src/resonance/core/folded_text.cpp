#include "resonance/core/folded_text.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

namespace resonance {
namespace {

// Upper case letters and how far their lower case is: every `step`-th code point from `first` to `last`.
struct CaseRange {
  char32_t first;
  char32_t last;
  char32_t step;
  std::int32_t distance;
};

// In order. Unicode 14, CaseFolding.txt, statuses C and S.
constexpr std::array kCaseRanges{
    CaseRange{0x0041, 0x005A, 1, 32}, CaseRange{0x00B5, 0x00B5, 1, 775},  CaseRange{0x00C0, 0x00D6, 1, 32},
    CaseRange{0x00D8, 0x00DE, 1, 32}, CaseRange{0x0100, 0x012E, 2, 1},    CaseRange{0x0132, 0x0136, 2, 1},
    CaseRange{0x0139, 0x0147, 2, 1},  CaseRange{0x014A, 0x0176, 2, 1},    CaseRange{0x0178, 0x0178, 1, -121},
    CaseRange{0x0179, 0x017D, 2, 1},  CaseRange{0x017F, 0x017F, 1, -268}, CaseRange{0x018F, 0x018F, 1, 202},
    CaseRange{0x01A0, 0x01A4, 2, 1},  CaseRange{0x01AF, 0x01AF, 1, 1},    CaseRange{0x01CD, 0x01DB, 2, 1},
    CaseRange{0x01DE, 0x01EE, 2, 1},  CaseRange{0x01F8, 0x021E, 2, 1},    CaseRange{0x0222, 0x0232, 2, 1},
    CaseRange{0x0246, 0x024E, 2, 1},  CaseRange{0x0386, 0x0386, 1, 38},   CaseRange{0x0388, 0x038A, 1, 37},
    CaseRange{0x038C, 0x038C, 1, 64}, CaseRange{0x038E, 0x038F, 1, 63},   CaseRange{0x0391, 0x03A1, 1, 32},
    CaseRange{0x03A3, 0x03AB, 1, 32}, CaseRange{0x03C2, 0x03C2, 1, 1},    CaseRange{0x0400, 0x040F, 1, 80},
    CaseRange{0x0410, 0x042F, 1, 32}, CaseRange{0x0460, 0x0480, 2, 1},    CaseRange{0x048A, 0x04BE, 2, 1},
    CaseRange{0x04C0, 0x04C0, 1, 15}, CaseRange{0x04C1, 0x04CD, 2, 1},    CaseRange{0x04D0, 0x052E, 2, 1},
    CaseRange{0x0531, 0x0556, 1, 48}, CaseRange{0x1E00, 0x1E94, 2, 1},    CaseRange{0x1E9E, 0x1E9E, 1, -7615},
    CaseRange{0x1EA0, 0x1EFE, 2, 1},
};

char32_t lower_case(char32_t letter) {
  const auto* range = std::lower_bound(kCaseRanges.begin(), kCaseRanges.end(), letter,
                                       [](const CaseRange& r, char32_t value) { return r.last < value; });
  if (range == kCaseRanges.end() || letter < range->first || (letter - range->first) % range->step != 0) {
    return letter;
  }
  return static_cast<char32_t>(static_cast<std::int32_t>(letter) + range->distance);
}

constexpr unsigned char kContinuation = 0x80;

bool continues(std::string_view text, std::size_t position) {
  return position < text.size() && (static_cast<unsigned char>(text[position]) & 0xC0U) == kContinuation;
}

void append_utf8(std::string& text, char32_t letter) {
  if (letter < 0x80) {
    text.push_back(static_cast<char>(letter));
  } else if (letter < 0x800) {
    text.push_back(static_cast<char>(0xC0U | (letter >> 6U)));
    text.push_back(static_cast<char>(kContinuation | (letter & 0x3FU)));
  } else {
    text.push_back(static_cast<char>(0xE0U | (letter >> 12U)));
    text.push_back(static_cast<char>(kContinuation | ((letter >> 6U) & 0x3FU)));
    text.push_back(static_cast<char>(kContinuation | (letter & 0x3FU)));
  }
}

}  // namespace

std::string folded_text(std::string_view text) {
  std::string folded;
  folded.reserve(text.size());
  bool gap = false;
  for (std::size_t i = 0; i < text.size();) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if (byte <= ' ' || byte == 0x7F) {
      gap = !folded.empty();
      ++i;
      continue;
    }
    if (gap) folded.push_back(' ');
    gap = false;
    if (byte < 0x80) {
      append_utf8(folded, lower_case(byte));
      ++i;
    } else if (byte >= 0xC2 && byte < 0xE0 && continues(text, i + 1)) {
      append_utf8(folded,
                  lower_case(((byte & 0x1FU) << 6U) | (static_cast<unsigned char>(text[i + 1]) & 0x3FU)));
      i += 2;
    } else if (byte == 0xE1 && continues(text, i + 1) && continues(text, i + 2)) {
      // U+1000 to U+1FFF, the only three-byte letters in the table; never an overlong form.
      append_utf8(folded, lower_case(0x1000U | ((static_cast<unsigned char>(text[i + 1]) & 0x3FU) << 6U) |
                                     (static_cast<unsigned char>(text[i + 2]) & 0x3FU)));
      i += 3;
    } else {
      folded.push_back(text[i++]);
    }
  }
  return folded;
}

bool same_folded(std::string_view a, std::string_view b) { return folded_text(a) == folded_text(b); }

}  // namespace resonance
