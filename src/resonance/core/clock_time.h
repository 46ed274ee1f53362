#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace resonance {

/// Seconds of "90", "1:30", "1:02:03" or "1:30.5": minutes and seconds behind a colon are below 60; nothing
/// for any other text.
std::optional<double> parse_clock_time(std::string_view text);

/// "1:30" or "1:02:03", to the nearest second. @param seconds  at least 0
std::string clock_time(double seconds);

}  // namespace resonance
