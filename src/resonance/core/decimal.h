#pragma once

#include <optional>
#include <string_view>

namespace resonance {

/// A plain decimal number as people write it: no exponent, no infinity, nothing before or behind it.
std::optional<double> parse_number(std::string_view text);

}  // namespace resonance
