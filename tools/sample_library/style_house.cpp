// House: a kick on every beat, open hats between, claps on two and four, synthetic bass, stabs and arpeggios.
// Patterns: sixteen letters a bar.
#include "sample_library/instruments.h"
#include "sample_library/melody.h"
#include "sample_library/sketch.h"
#include "sample_library/styles.h"

#include <array>

namespace resonance::sample_library {
namespace {

using namespace instruments;

struct Recipe {
  Outline outline;
  Instrument stabs;
  Patterns stab_pattern;
  Instrument arpeggio;
  Patterns arpeggio_pattern;
  Patterns bass;
  int percussion;
  Patterns percussion_pattern;
};

constexpr std::array<Recipe, 5> kRecipes = {{
    {{"Meridian Line", {9, Mode::minor}, 124, {4, 4}, "i7 i7 bVImaj7 bVII", 6, "i7", 501},
     kPolySynth,
     {"x..x..x...x..x..", "x..x..x...x.x..."},
     kSawLead,
     {"1.3.2.4.1.3.2.4."},
     {"..1-..1-..1-..8-"},
     drums::kShaker,
     {"x.xxx.xxx.xxx.xx"}},
    {{"Warehouse Sun", {5, Mode::minor}, 126, {4, 4}, "i9 iv7 i9 bVII", 6, "i9", 502},
     kPiano,
     {"x--x--x---x--x--", "..x--x--x---x-x-"},
     kSquareLead,
     {"4.3.2.1.4.3.2.1."},
     {"1-.1..1-.1..8-.1"},
     drums::kTambourine,
     {"..x...x...x...x."}},
    {{"Glass Elevator", {0, Mode::minor}, 122, {4, 4}, "bVImaj7 bVII i7 i7", 6, "i7", 503},
     kElectricPiano,
     {"..x-..x-..x-..x-", "..x-..x-x-..x-x-"},
     kPolySynth,
     {"1234.234.1234.23"},
     {"1-..1-8-..1-..8-"},
     drums::kHighConga,
     {"..x..x....x..xx."}},
    {{"Second Sunrise", {7, Mode::dorian}, 120, {4, 4}, "i7 IV7 i7 IV7", 6, "i9", 504},
     kPolySynth,
     {"...x-..x-....x-.", "...x-..x-...x-x-"},
     kSquareLead,
     {"1..2..3..4..3.2."},
     {"1-.11-..5-.51-8-"},
     drums::kLowConga,
     {"x..x..x...x.x..."}},
    {{"Turnstile", {2, Mode::minor}, 128, {4, 4}, "i7 bIIImaj7 bVII iv7", 6, "i7", 505},
     kPiano,
     {"x-x--x-x--x-x---", "x-x--x-x--x---x-"},
     kSawLead,
     {"1.2.3.1.2.3.4.3."},
     {"..1-..1-..1-.11-"},
     drums::kShaker,
     {"..x...x...x...xx"}},
}};

Piece compose(const Recipe& recipe, const Style& style, int track_number) {
  Sketch sketch(recipe.outline);
  const Touch machine{.velocity = 96, .velocity_spread = 3, .timing_ticks = 0, .length_percent = 90};
  Player kit = sketch.player(kElectronicKit, {106, 64, 10},
                             {.velocity = 106, .velocity_spread = 2, .timing_ticks = 0});
  Player bass = sketch.player(kSynthBass, {108, 64, 10}, machine);
  Player stabs = sketch.player(recipe.stabs, {82, 50, 50}, machine);
  Player arpeggio = sketch.player(recipe.arpeggio, {58, 84, 60}, machine);
  Player pad = sketch.player(kSynthStrings, {66, 64, 80}, machine);

  // What plays in each round: build up, break, everything.
  for (int round = 0; round < recipe.outline.rounds; ++round) {
    const Bars bars = sketch.round(round);
    const bool is_break = round == 3;
    if (!is_break) {
      kit.drum(bars, drums::kKick, Patterns{"X...X...X...X..."});
      kit.drum(bars, drums::kClosedHat, Patterns{"x.o.x.o.x.o.x.o."});
    }
    kit.drum(bars, drums::kOpenHat, Patterns{"..x...x...x...x."});
    if (round > 0) kit.drum(bars, drums::kClap, Patterns{"....X.......X..."});
    if (round > 1) kit.drum(bars, recipe.percussion, recipe.percussion_pattern, -30);
    if (!is_break) bass.bass(bars, recipe.bass, 33);
    if (round > 0) stabs.chords(bars, recipe.stab_pattern, 57, 77, 4);
    if (round > 1) arpeggio.chords(bars, recipe.arpeggio_pattern, 69, 88, 4);
    if (is_break || round == recipe.outline.rounds - 1) pad.pad(bars, 55, 76, 4, 0);
  }
  const Bars last = sketch.last_bar();
  kit.drum(last, drums::kKick, Patterns{"X..............."});
  kit.drum(last, drums::kCrash, Patterns{"x---------------"});
  bass.bass(last, Patterns{"1-------........"}, 33);
  stabs.chords(last, Patterns{"x-------........"}, 57, 77, 4);
  return sketch.finish(style, track_number);
}

}  // namespace

std::vector<Piece> house_pieces() {
  return album(kRecipes, Style{"House", "Disco Meridian", "Floor Plans", 104}, compose);
}

}  // namespace resonance::sample_library
