#include "resonance/core/musical_key.h"

#include "resonance/core/description.h"
#include "resonance/core/folded_text.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdlib>

namespace resonance {
namespace {

// Place on the circle of fifths, that of the relative major for a minor key: C major and A minor are 0.
int fifths(const MusicalKey& key) {
  const int major = key.minor ? key.tonic + 3 : key.tonic;
  return major * 7 % 12;
}

std::optional<MusicalKey> parse_camelot(std::string_view text) {
  int hour = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), hour);
  if (error != std::errc() || end + 1 != text.data() + text.size()) return std::nullopt;
  if (hour < 1 || hour > 12 || (*end != 'a' && *end != 'b')) return std::nullopt;
  const bool minor = *end == 'a';
  // 8B is C major, and each hour is a fifth.
  const int major = (hour + 4) * 7 % 12;
  return MusicalKey{minor ? (major + 9) % 12 : major, minor};
}

bool remove_prefix(std::string_view& text, std::string_view prefix) {
  if (!text.starts_with(prefix)) return false;
  text.remove_prefix(prefix.size());
  return true;
}

}  // namespace

int key_distance(const MusicalKey& a, const MusicalKey& b) {
  const int apart = std::abs(fifths(a) - fifths(b));
  return std::min(apart, 12 - apart) + (a.minor == b.minor ? 0 : 1);
}

std::vector<MusicalKey> compatible_keys(const MusicalKey& key) {
  const MusicalKey relative{(key.tonic + (key.minor ? 3 : 9)) % 12, !key.minor};
  return {key, relative, {(key.tonic + 7) % 12, key.minor}, {(key.tonic + 5) % 12, key.minor}};
}

std::string name_of(const MusicalKey& key) {
  Description description;
  description.key_tonic = key.tonic;
  description.key_minor = key.minor;
  return key_name(description);
}

std::optional<MusicalKey> parse_key(std::string_view text) {
  const std::string folded = folded_text(text);
  if (const auto camelot = parse_camelot(folded)) return camelot;

  static constexpr std::array<int, 7> kNaturals{9, 11, 0, 2, 4, 5, 7};  // a to g
  std::string_view rest = folded;
  if (rest.empty() || rest.front() < 'a' || rest.front() > 'g') return std::nullopt;
  MusicalKey key{kNaturals[static_cast<std::size_t>(rest.front() - 'a')], false};
  rest.remove_prefix(1);
  if (remove_prefix(rest, "#") || remove_prefix(rest, "♯")) {
    key.tonic = (key.tonic + 1) % 12;
  } else if (remove_prefix(rest, "b") || remove_prefix(rest, "♭")) {
    key.tonic = (key.tonic + 11) % 12;
  }
  remove_prefix(rest, " ");
  if (rest.empty() || rest == "maj" || rest == "major") return key;
  key.minor = rest == "m" || rest == "min" || rest == "minor";
  return key.minor ? std::optional(key) : std::nullopt;
}

}  // namespace resonance
