#include "sample_library/theory.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <numeric>
#include <stdexcept>
#include <string>
#include <utility>

namespace resonance::sample_library {
namespace {

constexpr std::array<int, 7> kMajorScale = {0, 2, 4, 5, 7, 9, 11};

int pitch_class(int pitch) { return ((pitch % 12) + 12) % 12; }

struct Quality {
  std::string_view suffix;
  std::vector<int> upper;  ///< intervals under an upper-case numeral; empty where it makes no sense
  std::vector<int> lower;
};

const std::vector<Quality>& qualities() {
  static const std::vector<Quality> kQualities = {
      {"", {0, 4, 7}, {0, 3, 7}},
      {"5", {0, 7}, {0, 7}},
      {"6", {0, 4, 7, 9}, {0, 3, 7, 9}},
      {"7", {0, 4, 7, 10}, {0, 3, 7, 10}},
      {"9", {0, 4, 7, 10, 14}, {0, 3, 7, 10, 14}},
      {"11", {}, {0, 3, 7, 10, 17}},
      {"13", {0, 4, 7, 10, 21}, {}},
      {"maj7", {0, 4, 7, 11}, {0, 3, 7, 11}},
      {"maj9", {0, 4, 7, 11, 14}, {}},
      {"add9", {0, 4, 7, 14}, {0, 3, 7, 14}},
      {"sus2", {0, 2, 7}, {0, 2, 7}},
      {"sus4", {0, 5, 7}, {0, 5, 7}},
      {"m7b5", {}, {0, 3, 6, 10}},
      {"dim", {}, {0, 3, 6}},
      {"dim7", {}, {0, 3, 6, 9}},
      {"7b9", {0, 4, 7, 10, 13}, {}},
  };
  return kQualities;
}

}  // namespace

std::string_view name_of(Mode mode) {
  constexpr std::array<std::string_view, 6> kNames = {"major",      "minor",  "dorian",
                                                      "mixolydian", "lydian", "minor pentatonic"};
  return kNames.at(static_cast<std::size_t>(mode));
}

std::string_view name_of_pitch_class(int pitch_class) {
  constexpr std::array<std::string_view, 12> kNames = {"C",  "Db", "D",  "Eb", "E",  "F",
                                                       "F#", "G",  "Ab", "A",  "Bb", "B"};
  return kNames.at(static_cast<std::size_t>(pitch_class));
}

std::vector<int> scale_of(Mode mode) {
  switch (mode) {
    case Mode::minor:
      return {0, 2, 3, 5, 7, 8, 10};
    case Mode::dorian:
      return {0, 2, 3, 5, 7, 9, 10};
    case Mode::mixolydian:
      return {0, 2, 4, 5, 7, 9, 10};
    case Mode::lydian:
      return {0, 2, 4, 6, 7, 9, 11};
    case Mode::minor_pentatonic:
      return {0, 3, 5, 7, 10};
    case Mode::major:
      break;
  }
  return {0, 2, 4, 5, 7, 9, 11};
}

bool Chord::contains(int pitch) const {
  return std::any_of(intervals.begin(), intervals.end(),
                     [&](int interval) { return pitch_class(root + interval) == pitch_class(pitch); });
}

int Chord::interval(int place) const {
  if (place == 8) return 12;
  const auto wanted = static_cast<std::size_t>(place / 2);
  if (intervals.size() == 2) return wanted == 0 ? 0 : 7;  // a power chord has but its fifth
  return intervals[std::min(wanted, intervals.size() - 1)];
}

Chord chord_of(std::string_view numeral, Key key) {
  constexpr std::array<std::string_view, 7> kUpper = {"I", "II", "III", "IV", "V", "VI", "VII"};
  constexpr std::array<std::string_view, 7> kLower = {"i", "ii", "iii", "iv", "v", "vi", "vii"};
  const auto unreadable = [&] { return std::invalid_argument("not a chord: " + std::string(numeral)); };

  std::string_view rest = numeral;
  int alteration = 0;
  if (rest.starts_with('b') || rest.starts_with('#')) {
    alteration = rest.front() == 'b' ? -1 : 1;
    rest.remove_prefix(1);
  }
  const std::size_t length = std::min(rest.find_first_not_of("IViv"), rest.size());
  const std::string_view name = rest.substr(0, length);
  const auto upper = std::find(kUpper.begin(), kUpper.end(), name);
  const auto lower = std::find(kLower.begin(), kLower.end(), name);
  if (upper == kUpper.end() && lower == kLower.end()) throw unreadable();
  const bool major = upper != kUpper.end();
  const auto degree = static_cast<std::size_t>(major ? upper - kUpper.begin() : lower - kLower.begin());

  const std::string_view suffix = rest.substr(length);
  const auto quality = std::find_if(qualities().begin(), qualities().end(),
                                    [&](const Quality& each) { return each.suffix == suffix; });
  if (quality == qualities().end()) throw unreadable();
  const std::vector<int>& intervals = major ? quality->upper : quality->lower;
  if (intervals.empty()) throw unreadable();
  return {pitch_class(key.tonic + kMajorScale.at(degree) + alteration), intervals};
}

Harmony::Harmony(std::string_view progression, Key key, int bar_ticks) : key_(key), bar_ticks_(bar_ticks) {
  while (!progression.empty()) {
    const std::size_t end = std::min(progression.find(' '), progression.size());
    std::string_view bar = progression.substr(0, end);
    progression.remove_prefix(std::min(end + 1, progression.size()));
    std::vector<Chord> chords;
    while (!bar.empty()) {
      const std::size_t comma = std::min(bar.find(','), bar.size());
      chords.push_back(chord_of(bar.substr(0, comma), key));
      bar.remove_prefix(std::min(comma + 1, bar.size()));
    }
    if (!chords.empty()) bars_.push_back(std::move(chords));
  }
  if (bars_.empty()) throw std::invalid_argument("a progression without chords");
}

void Harmony::repeat(int rounds, std::string_view last) {
  const std::vector<std::vector<Chord>> once = bars_;
  for (int round = 1; round < rounds; ++round) bars_.insert(bars_.end(), once.begin(), once.end());
  bars_.push_back({chord_of(last, key_)});
}

const Chord& Harmony::at(int tick) const {
  const int bar = std::clamp(tick / bar_ticks_, 0, bar_count() - 1);
  const std::vector<Chord>& chords = bars_[static_cast<std::size_t>(bar)];
  const int within = std::clamp(tick - bar * bar_ticks_, 0, bar_ticks_ - 1);
  return chords[static_cast<std::size_t>(within) * chords.size() / static_cast<std::size_t>(bar_ticks_)];
}

int Harmony::change_after(int tick) const {
  const Chord& here = at(tick);
  constexpr int kGridTicks = 60;
  int later = tick - tick % kGridTicks;
  while (later < length_ticks() && at(later) == here) later += kGridTicks;
  return later;
}

bool in_scale(int pitch, Key key) {
  const std::vector<int> scale = scale_of(key.mode);
  return std::find(scale.begin(), scale.end(), pitch_class(pitch - key.tonic)) != scale.end();
}

int scale_step(int pitch, int steps, Key key) {
  const int direction = steps < 0 ? -1 : 1;
  for (int left = std::abs(steps); left > 0; --left) {
    do pitch += direction;
    while (!in_scale(pitch, key));
  }
  return pitch;
}

int nearest_chord_tone(int pitch, const Chord& chord) {
  for (int distance = 0; distance < 12; ++distance) {
    if (chord.contains(pitch - distance)) return pitch - distance;
    if (chord.contains(pitch + distance)) return pitch + distance;
  }
  return pitch;
}

std::vector<int> voicing_of(const Chord& chord, int lowest, int highest, int voices,
                            const std::vector<int>& previous) {
  std::vector<int> tones;
  for (int pitch = lowest; pitch <= highest; ++pitch) {
    if (chord.contains(pitch)) tones.push_back(pitch);
  }
  const std::size_t count = std::min(tones.size(), static_cast<std::size_t>(voices));
  const auto centre_of = [](const std::vector<int>& pitches) {
    return std::accumulate(pitches.begin(), pitches.end(), 0.0) / static_cast<double>(pitches.size());
  };
  const double wanted = previous.empty() ? (lowest + highest) / 2.0 : centre_of(previous);
  std::vector<int> best;
  for (std::size_t first = 0; first + count <= tones.size(); ++first) {
    const auto begin = tones.begin() + static_cast<std::ptrdiff_t>(first);
    std::vector<int> candidate(begin, begin + static_cast<std::ptrdiff_t>(count));
    if (best.empty() || std::abs(centre_of(candidate) - wanted) < std::abs(centre_of(best) - wanted)) {
      best = std::move(candidate);
    }
  }
  return best;
}

}  // namespace resonance::sample_library
