#pragma once

#include "sample_library/theory.h"

#include <string>
#include <string_view>
#include <vector>

namespace resonance::sample_library {

inline constexpr int kTicksPerQuarter = 480;
inline constexpr int kDrumChannel = 9;  ///< counted from 0: the tenth, General MIDI's percussion

struct Meter {
  int numerator = 4;
  int denominator = 4;
  /// What a listener taps: a quarter, or a dotted quarter in 6/8 and its like.
  [[nodiscard]] int beat_ticks() const {
    const bool compound = denominator == 8 && numerator % 3 == 0;
    return compound ? kTicksPerQuarter * 3 / 2 : kTicksPerQuarter * 4 / denominator;
  }
  [[nodiscard]] int bar_ticks() const { return kTicksPerQuarter * 4 * numerator / denominator; }
};

/// Times in ticks from the start of the piece; pitch and velocity as in MIDI, 1 <= velocity <= 127.
struct Note {
  int start = 0;
  int length = 0;
  int pitch = 0;
  int velocity = 0;
};

/// A General MIDI program (counted from 0) and the pitches that its real counterpart can play.
struct Instrument {
  std::string_view name;
  int program = 0;
  int lowest = 0;
  int highest = 127;
  bool is_drum_kit = false;
};

struct Part {
  Instrument instrument;
  int volume = 100;  ///< controller 7
  int pan = 64;      ///< controller 10, 64 is the middle
  int reverb = 40;   ///< controller 91
  std::vector<Note> notes;
};

struct Piece {
  std::string style;  ///< also the genre tag and the folder's name
  std::string title;
  std::string artist;
  std::string album;
  int track_number = 1;
  int level = 127;      ///< controller 11 of every part: evens out how loud the styles are
  int tempo_bpm = 120;  ///< beats as Meter::beat_ticks counts them
  Meter meter;
  Key key;
  int length_ticks = 0;  ///< without the beat in which the last notes fade away
  std::vector<Part> parts;

  [[nodiscard]] double duration_s() const {
    return static_cast<double>(length_ticks) / meter.beat_ticks() * 60.0 / tempo_bpm;
  }
  /// File name without extension: "03-lanterns-at-low-tide".
  [[nodiscard]] std::string slug() const;
};

}  // namespace resonance::sample_library
