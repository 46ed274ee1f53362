// Ambient: slow wide chords that melt into each other, a drone, a few bells, no drums.
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
  Instrument pad;
  Instrument second_pad;
  Instrument bells;
  Patterns bell_pattern;
};

constexpr std::array<Recipe, 5> kRecipes = {{
    {{"Harbour Before Light",
      {9, Mode::major},
      60,
      {4, 4},
      "Imaj9 Imaj9 IVmaj9 IVmaj9 vi9 vi9",
      2,
      "Imaj9",
      401},
     kWarmPad,
     kSlowStrings,
     kCrystal,
     {"1.....3.....2...", "....4.......3...", "................"}},
    {{"Snow Listening", {4, Mode::lydian}, 54, {4, 4}, "Iadd9 II Iadd9 vi7 IVmaj7", 2, "Iadd9", 402},
     kNewAgePad,
     kChoir,
     kMusicBox,
     {"1.2.3.4.........", "..........3.2.1."}},
    {{"A Field at Four", {2, Mode::dorian}, 64, {4, 4}, "i9 i9 IVadd9 IVadd9", 3, "i9", 403},
     kHaloPad,
     kSlowStrings,
     kVibraphone,
     {"2.......4.......", "......3.......1."}},
    {{"The Long Lift", {7, Mode::major}, 58, {4, 4}, "Isus2 Isus2 vi7 vi7 IVmaj9 Vsus4", 2, "Isus2", 404},
     kSweepPad,
     kSynthStrings,
     kCrystal,
     {"..1...2...3...4.", "................"}},
    {{"Distances", {0, Mode::minor}, 62, {4, 4}, "i9 bVImaj7 bIIImaj7 iv9", 3, "i9", 405},
     kWarmPad,
     kChoir,
     kElectricPiano,
     {"1-------3-4-----", "....2-------4---"}},
}};

Piece compose(const Recipe& recipe, const Style& style, int track_number) {
  Sketch sketch(recipe.outline);
  const Touch still{.velocity = 80, .velocity_spread = 4, .timing_ticks = 20, .length_percent = 100};
  Player pad = sketch.player(recipe.pad, {104, 52, 100}, still);
  Player second = sketch.player(recipe.second_pad, {84, 80, 110}, still);
  Player drone = sketch.player(kSynthStrings, {80, 64, 90}, still);
  Player bells = sketch.player(recipe.bells, {74, 76, 120}, {.velocity = 62, .velocity_spread = 10});
  Player voice =
      sketch.player(kFlute, {56, 50, 120}, {.velocity = 58, .timing_ticks = 25, .length_percent = 105});

  const Bars all{0, sketch.harmony().bar_count()};
  constexpr int kOverlapTicks = 360;
  pad.pad(all, 50, 74, 4, kOverlapTicks);
  second.pad({2, all.count - 2}, 60, 82, 3, kOverlapTicks);
  drone.bass(all, Patterns{"1---------------"}, 36);
  bells.chords({1, all.count - 2}, recipe.bell_pattern, 72, 94, 4);
  const MelodyStyle slow{.rhythms = {"x-------x-------", "....x-------x---", "x-----------x---"},
                         .cadences = {"x---------------"},
                         .mode = recipe.outline.key.mode,
                         .lowest = 67,
                         .highest = 84,
                         .leap_percent = 40,
                         .rest_percent = 40};
  const int entry = all.count / 3;
  voice.notes(melody_over({entry, all.count - entry - 1}, sketch.harmony(), sketch.beat_ticks(), slow,
                          sketch.random(1)));
  return sketch.finish(style, track_number);
}

}  // namespace

std::vector<Piece> ambient_pieces() {
  return album(kRecipes, Style{"Ambient", "Halden Field", "Slow Light"}, compose);
}

}  // namespace resonance::sample_library
