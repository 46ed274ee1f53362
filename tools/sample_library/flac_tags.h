#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace resonance::sample_library {

using Tags = std::vector<std::pair<std::string, std::string>>;

/// A FLAC file's bytes with these Vorbis comments instead of whatever comments and padding it had.
/// Source: RFC 9639, sections 8 and 8.6.
/// @throws std::invalid_argument if it is no FLAC file
std::string with_tags(std::string_view flac, const Tags& tags);

}  // namespace resonance::sample_library
