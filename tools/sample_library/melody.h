#pragma once

#include "sample_library/arranger.h"

#include <vector>

namespace resonance::sample_library {

/// What the melodies of a style have in common. Rhythms are patterns of one bar whose letters are 'x' and
/// 'X'.
struct MelodyStyle {
  Patterns rhythms;
  Patterns cadences;        ///< the last bar of a phrase
  Mode mode = Mode::major;  ///< the scale of passing notes, on the key's tonic
  int lowest = 60;
  int highest = 84;
  int leap_percent = 25;      ///< how often a weak note leaps to a chord tone instead of stepping
  int chromatic_percent = 0;  ///< how often a weak note before a strong one leads to it by a semitone
  int rest_percent = 0;       ///< how often a whole bar is silent
  int phrase_bars = 4;
};

/// A melody over some bars. Notes on a beat belong to the chord; those between step through the scale. Each
/// rhythm has a contour of its own, which comes back with it on other chords: that is what makes a theme.
/// Velocities are relative: to be added to the player's.
std::vector<Note> melody_over(Bars bars, const Harmony& harmony, int beat_ticks, const MelodyStyle& style,
                              Random random);

}  // namespace resonance::sample_library
