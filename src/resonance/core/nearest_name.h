#pragma once

#include <span>
#include <string_view>

namespace resonance {

/// Of `names` the one most likely meant by a misspelt `word`: least Levenshtein distance with exchanged
/// neighbours as one edit, the earlier name if equal. Empty if even the nearest differs in more than a third
/// of its letters, plus one: then a suggestion would be a guess. O(letters^2) a name; words over 64 bytes get
/// none.
std::string_view nearest_name(std::string_view word, std::span<const std::string_view> names);

}  // namespace resonance
