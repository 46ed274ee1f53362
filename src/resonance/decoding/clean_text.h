#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace resonance::decoding {

/// `text` as valid UTF-8 without space at its ends: every broken sequence becomes one U+FFFD (the "maximal
/// subpart" practice of Unicode 15, section 3.9), and what exceeds `max_bytes` is cut at a character.
std::string clean_text(std::string_view text, std::size_t max_bytes);

}  // namespace resonance::decoding
