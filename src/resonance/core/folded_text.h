#pragma once

#include <string>
#include <string_view>

namespace resonance {

/// `text` as it is compared where upper and lower case are one: names of artists, albums, genres. Letters
/// become lower case by Unicode's simple case folding in ASCII, Latin (Latin-1, Extended-A, the regular pairs
/// of Extended-B, Extended Additional), Greek, Cyrillic and Armenian; blanks and control characters become
/// one space between words and none at the ends. Accents stay: "Rosé" is not "Rose". What is not done:
/// foldings that change the number of letters ("ß" is not "ss"), other scripts with case, and composing
/// letters from combining marks. Bytes that are not UTF-8 stay as they are. Folding twice is folding once.
std::string folded_text(std::string_view text);

/// Whether two texts are the same folded.
bool same_folded(std::string_view a, std::string_view b);

}  // namespace resonance
