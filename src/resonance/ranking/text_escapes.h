#pragma once

#include <string>
#include <string_view>

/// Text from tags and file names, made safe to write into formats of others. Internal to this layer.
namespace resonance::ranking {

/// One line of valid UTF-8 that XML 1.0 allows: each broken byte becomes U+FFFD, as do the non-characters
/// U+FFFE and U+FFFF; each control character, newlines among them, a space.
std::string clean_line(std::string_view text);

/// clean_line() with the five characters that mean something in XML as entities, for content and attributes.
std::string xml_text(std::string_view text);

/// clean_line() as a JSON string, with its quotes.
std::string json_text(std::string_view text);

/// Every byte but RFC 3986's unreserved characters and '/' as %XX: reversible whatever the bytes are.
std::string percent_encoded(std::string_view path);

bool is_utf8(std::string_view text);

}  // namespace resonance::ranking
