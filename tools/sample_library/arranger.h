#pragma once

#include "sample_library/random.h"
#include "sample_library/score.h"

#include <array>
#include <cstddef>
#include <initializer_list>
#include <span>
#include <string_view>
#include <vector>

namespace resonance::sample_library {

/// How a player plays: evenly or with the unevenness of hands.
struct Touch {
  int velocity = 90;
  int velocity_spread = 6;  ///< +-
  int timing_ticks = 6;     ///< late or early by at most this
  int length_percent = 95;  ///< of the written length
};

/// Up to eight patterns (see steps_of), a bar each. Holds no memory of its own: tables of them are constants.
class Patterns {
 public:
  constexpr Patterns(std::initializer_list<std::string_view> texts) {
    for (const std::string_view text : texts) texts_.at(count_++) = text;
  }
  [[nodiscard]] constexpr std::span<const std::string_view> all() const { return {texts_.data(), count_}; }
  [[nodiscard]] constexpr std::string_view of_bar(int bar) const {
    return texts_.at(static_cast<std::size_t>(bar) % count_);
  }

 private:
  std::array<std::string_view, 8> texts_;
  std::size_t count_ = 0;
};

/// A stretch of whole bars.
struct Bars {
  int first = 0;
  int count = 0;
};

/// Lines of one piece are written with patterns: a bar cut into as many equal steps as the text has letters,
/// so that sixteen letters are sixteenths in 4/4, and twelve are triplets (which is how swing is written
/// here).
/// '.' is silence and '-' holds what sounds; what any other letter plays is said by the function.
struct Step {
  int start = 0;
  int length = 0;
  char symbol = '.';
};
std::vector<Step> steps_of(std::string_view pattern, int start, int length);

/// Adds notes to one part.
class Player {
 public:
  Player(Part& part, const Harmony& harmony, Random& random, Touch touch)
      : part_(part), harmony_(harmony), random_(random), touch_(touch) {}

  /// One note; a pitch beyond the instrument's range is moved by octaves.
  void note(int start, int length, int pitch, int louder = 0);

  /// A pattern a bar, in turn. '1' '3' '5' '7' '8' are the chord's tones by name, 'a' leads by a
  /// semitone from below or above to the root of the next chord, 's' by a step of the scale. Roots lie in the
  /// octave above `lowest`.
  void bass(Bars bars, const Patterns& patterns, int lowest);
  /// 'x' strikes the voicing, 'X' harder; '1' to '6' are its notes from below.
  void chords(Bars bars, const Patterns& patterns, int lowest, int highest, int voices);
  /// Root, fifth and octave of each chord, struck by 'x' and 'X'; roots in the octave above `lowest`.
  void power_chords(Bars bars, const Patterns& patterns, int lowest);
  /// Every chord held until it changes, plus `overlap_ticks`.
  void pad(Bars bars, int lowest, int highest, int voices, int overlap_ticks);
  /// `key` struck by 'x', harder by 'X', barely by 'o'. Patterns are taken in turn, bar by bar.
  void drum(Bars bars, int key, const Patterns& patterns, int louder = 0);
  /// Notes as they are, moved by `ticks` and transposed.
  void notes(std::span<const Note> melody, int ticks = 0, int semitones = 0);

 private:
  template <typename Play>
  void each_step(Bars bars, const Patterns& patterns, Play play);
  [[nodiscard]] int root_above(int lowest, int tick) const;

  Part& part_;
  const Harmony& harmony_;
  Random& random_;
  Touch touch_;
};

/// Cuts a note where its pitch starts again, drops what is empty, sorts. What a part needs before it is
/// written.
void tidy(Part& part);

}  // namespace resonance::sample_library
