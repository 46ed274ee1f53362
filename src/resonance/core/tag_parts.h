#pragma once

#include <string_view>
#include <vector>

namespace resonance {

/// The values in a tag that may hold several, as players write them: the parts between ';', ',', '/', '|' and
/// zero bytes, without blanks at their ends and without empty ones. "Rock; Pop/Soul" has three.
std::vector<std::string_view> tag_parts(std::string_view text);

}  // namespace resonance
