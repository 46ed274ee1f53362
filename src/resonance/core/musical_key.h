#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace resonance {

/// A major or minor key.
struct MusicalKey {
  int tonic = 0;  ///< pitch class, 0 = C ... 11 = B
  bool minor = false;

  friend bool operator==(const MusicalKey&, const MusicalKey&) = default;
};

/// How far two keys are for somebody who mixes them: steps along the circle of fifths, a key and its relative
/// (C major, A minor) at one place, plus one if one is major and the other minor. 0 only for the same key, 7
/// at most. These are the moves on the Camelot wheel.
int key_distance(const MusicalKey& a, const MusicalKey& b);

/// The key itself, its relative, and those a fifth up and down: distance at most 1.
std::vector<MusicalKey> compatible_keys(const MusicalKey& key);

/// E.g. "A minor".
std::string name_of(const MusicalKey& key);

/// Reads a key as people write it, in any case: "Am", "A minor", "a min", "C#m", "Db major", "Bb", "F♯", and
/// the numbers of the Camelot wheel, "8A" (A minor) and "8B" (C major). A note alone is major. Nothing if it
/// is none.
std::optional<MusicalKey> parse_key(std::string_view text);

}  // namespace resonance
