#include "sample_library/melody.h"

#include <algorithm>
#include <cstdlib>
#include <map>

namespace resonance::sample_library {
namespace {

constexpr int kDownbeatAccent = 10;
constexpr int kOffBeatAccent = -8;

/// Up or down, note by note, of one rhythm; mostly keeps its direction.
std::vector<int> contour_of(std::size_t length, Random& random) {
  std::vector<int> contour;
  int direction = random.chance(50) ? 1 : -1;
  for (std::size_t i = 0; i < length; ++i) {
    if (random.chance(30)) direction = -direction;
    contour.push_back(direction);
  }
  return contour;
}

/// The next tone of the chord in a direction.
int chord_tone_towards(int pitch, int direction, const Chord& chord) {
  do pitch += direction;
  while (!chord.contains(pitch));
  return pitch;
}

}  // namespace

std::vector<Note> melody_over(Bars bars, const Harmony& harmony, int beat_ticks, const MelodyStyle& style,
                              Random random) {
  const int bar_ticks = harmony.bar_ticks();
  const Key key{harmony.key().tonic, style.mode};
  // The rhythms of a phrase: a b a' c, where a and b are drawn once and c is a cadence.
  const std::string_view first = random.pick(style.rhythms.all());
  const std::string_view second = random.pick(style.rhythms.all());
  std::map<std::string_view, std::vector<int>> contours;

  std::vector<Note> notes;
  int pitch = (style.lowest + style.highest) / 2 + random.between(-3, 3);
  bool leading = false;  // a semitone shall join the latest note to the next strong one
  for (int bar = 0; bar < bars.count; ++bar) {
    const int place = bar % style.phrase_bars;
    const bool cadence = place == style.phrase_bars - 1;
    if (!cadence && place != 0 && random.chance(style.rest_percent)) continue;
    const std::string_view rhythm = cadence          ? random.pick(style.cadences.all())
                                    : place % 2 == 0 ? first
                                                     : second;
    const int start = (bars.first + bar) * bar_ticks;
    const std::vector<Step> steps = steps_of(rhythm, start, bar_ticks);
    std::vector<int>& contour = contours[rhythm];
    if (contour.empty()) contour = contour_of(steps.size(), random);

    for (std::size_t i = 0; i < steps.size(); ++i) {
      const Step& step = steps[i];
      const Chord& chord = harmony.at(step.start);
      const bool strong = (step.start - start) % beat_ticks == 0;
      int direction = contour[i];
      if (pitch > style.highest - 3) direction = -1;
      if (pitch < style.lowest + 3) direction = 1;
      if (strong) {
        // Mostly the chord tone next to where the line was going; now and then the one beyond.
        const int reached = nearest_chord_tone(pitch + direction * 2, chord);
        pitch = random.chance(style.leap_percent) ? chord_tone_towards(reached, direction, chord) : reached;
      } else if (random.chance(style.leap_percent)) {
        pitch = chord_tone_towards(pitch, direction, chord);
      } else {
        pitch = scale_step(pitch, direction, key);
      }
      while (pitch > style.highest) pitch -= 12;
      while (pitch < style.lowest) pitch += 12;
      if (strong && leading) notes.back().pitch = pitch + (notes.back().pitch < pitch ? -1 : 1);
      leading = !strong && random.chance(style.chromatic_percent);
      const int louder = step.start == start || step.symbol == 'X' ? kDownbeatAccent
                         : strong                                  ? 0
                                                                   : kOffBeatAccent;
      notes.push_back({step.start, step.length, pitch, louder});
    }
  }
  return notes;
}

}  // namespace resonance::sample_library
