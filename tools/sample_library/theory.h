#pragma once

#include <string_view>
#include <vector>

namespace resonance::sample_library {

enum class Mode { major, minor, dorian, mixolydian, lydian, minor_pentatonic };

/// Tonic as a pitch class, 0 = C.
struct Key {
  int tonic = 0;
  Mode mode = Mode::major;
};

/// "C major", "F# dorian".
std::string_view name_of(Mode mode);
std::string_view name_of_pitch_class(int pitch_class);

/// Semitones above the tonic, ascending, the first one 0.
std::vector<int> scale_of(Mode mode);

/// Root as a pitch class; intervals in semitones above it, ascending, the first one 0.
struct Chord {
  int root = 0;
  std::vector<int> intervals;

  [[nodiscard]] bool contains(int pitch) const;
  /// The tone named by its place in a stack of thirds: 1, 3, 5 or 7 (the highest there is, if there is no
  /// seventh), 8 the octave; as semitones above the root.
  [[nodiscard]] int interval(int place) const;
  bool operator==(const Chord&) const = default;
};

/// Reads a Roman numeral relative to the major scale on the key's tonic, whatever its mode: "ii7", "V7",
/// "bVII", "Imaj7", "bVImaj9", "viim7b5", "Isus4", "I5". Upper case is a major third, lower case a minor one.
/// @throws std::invalid_argument for anything else
Chord chord_of(std::string_view numeral, Key key);

/// The chords of a piece, a bar or part of a bar each.
class Harmony {
 public:
  /// @param progression  bars parted by blanks, chords within a bar by commas: "ii7,V7 Imaj7"
  Harmony(std::string_view progression, Key key, int bar_ticks);

  /// Plays the progression `rounds` times, then one bar of its `last` chord ("I", "i").
  void repeat(int rounds, std::string_view last);

  [[nodiscard]] Key key() const { return key_; }
  [[nodiscard]] int bar_ticks() const { return bar_ticks_; }
  [[nodiscard]] int bar_count() const { return static_cast<int>(bars_.size()); }
  [[nodiscard]] int length_ticks() const { return bar_count() * bar_ticks_; }
  /// The chord that sounds at a tick; after the end, the last one.
  [[nodiscard]] const Chord& at(int tick) const;
  /// Where the chord that sounds at a tick gives way to a different one, or the end.
  [[nodiscard]] int change_after(int tick) const;

 private:
  Key key_;
  int bar_ticks_;
  std::vector<std::vector<Chord>> bars_;
};

/// The pitch `steps` scale notes above (below, if negative) `pitch`, which need not be in the scale itself.
int scale_step(int pitch, int steps, Key key);
bool in_scale(int pitch, Key key);
/// The chord's tone nearest to `pitch`; among equals the lower.
int nearest_chord_tone(int pitch, const Chord& chord);

/// A chord's tones in [lowest, highest], at most `voices`, near the previous voicing if there is one (so that
/// voices move little from chord to chord). Ascending.
std::vector<int> voicing_of(const Chord& chord, int lowest, int highest, int voices,
                            const std::vector<int>& previous);

}  // namespace resonance::sample_library
