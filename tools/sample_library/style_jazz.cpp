// A swinging trio or quartet: walking bass, ride cymbal, comping piano, a theme and choruses over its
// changes.
// Patterns: twelve letters a bar: swung eighths are the first and third of three.
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
  Instrument lead;
  int lowest;
  int highest;
  Instrument comping;
  Patterns ride;
};

constexpr Patterns kStraightRide = {"X..x.xX..x.x"};
constexpr Patterns kBusyRide = {"X..x.xX..x.x", "x.xX.xx..X.x"};

constexpr std::array<Recipe, 5> kRecipes = {{
    {{"Blue Door on Marlow Street",
      {10, Mode::mixolydian},
      140,
      {4, 4},
      "I7 IV7 I7 I7 IV7 IV7 I7 VI7 ii7 V7 I7,VI7 ii7,V7",
      2,
      "I13",
      201},
     kPiano,
     66,
     90,
     kJazzGuitar,
     kStraightRide},
    {{"Night Bus Home", {0, Mode::minor}, 160, {4, 4}, "i6 i6 iv7 iv7 iim7b5 V7b9 i6 i6", 4, "i6", 202},
     kVibraphone,
     60,
     84,
     kPiano,
     kBusyRide},
    {{"Second Cup",
      {5, Mode::major},
      176,
      {4, 4},
      "Imaj7,vi7 ii7,V7 iii7,vi7 ii7,V7 I7 IV7 iii7,VI7 ii7,V7",
      4,
      "I6",
      203},
     kJazzGuitar,
     57,
     79,
     kPiano,
     kStraightRide},
    {{"Umbrella Weather",
      {3, Mode::major},
      148,
      {4, 4},
      "ii7 V7 Imaj7 IVmaj7 viim7b5 III7 vi7 VI7",
      4,
      "Imaj9",
      204},
     kTenorSaxophone,
     53,
     75,
     kPiano,
     kBusyRide},
    {{"Ten Past Two",
      {7, Mode::major},
      132,
      {4, 4},
      "Imaj7 IV7 iii7 VI7 ii7 V7 iii7,VI7 ii7,V7",
      3,
      "I6",
      205},
     kMutedTrumpet,
     58,
     80,
     kPiano,
     kStraightRide},
}};

Piece compose(const Recipe& recipe, const Style& style, int track_number) {
  Sketch sketch(recipe.outline);
  Player lead =
      sketch.player(recipe.lead, {104, 70, 40}, {.velocity = 88, .velocity_spread = 9, .timing_ticks = 10});
  Player comping = sketch.player(recipe.comping, {78, 46, 40}, {.velocity = 64, .length_percent = 80});
  Player bass = sketch.player(kAcousticBass, {116, 60, 25}, {.velocity = 92, .length_percent = 92});
  Player drums = sketch.player(kJazzKit, {84, 74, 35}, {.velocity = 70, .velocity_spread = 8});

  const MelodyStyle theme{.rhythms = {"x-xx-xx-xx--", "--xx-xx-x---", "x--..xx-xx-x", "x-xx--..xx-x"},
                          .cadences = {"x-xx--......", "x--x-x------"},
                          .mode = recipe.outline.key.mode,
                          .lowest = recipe.lowest,
                          .highest = recipe.highest,
                          .leap_percent = 25,
                          .chromatic_percent = 15};
  MelodyStyle solo = theme;
  solo.rhythms = {"x-xx-xx-xx-x", "..xx-xx-xx-x", "xxxx-xx-xx-x", "x-xx-xxxxx--"};
  solo.leap_percent = 35;
  solo.chromatic_percent = 40;
  solo.rest_percent = 12;
  for (int round = 0; round < recipe.outline.rounds; ++round) {
    const bool head = round == 0 || round == recipe.outline.rounds - 1;
    const Random random = sketch.random(head ? 1 : 10 + static_cast<std::uint64_t>(round));
    lead.notes(
        melody_over(sketch.round(round), sketch.harmony(), sketch.beat_ticks(), head ? theme : solo, random));
  }

  const Bars body = sketch.body();
  comping.chords(body, Patterns{"x-...x-.....", "...x-....x-.", "x-...x-....x", ".....x-....."}, 52, 72, 4);
  bass.bass(body, Patterns{"1--3--5--a--", "8--5--3--a--", "1--5--3--a--", "1--3--8--a--"}, 33);
  drums.drum(body, drums::kRide, recipe.ride);
  drums.drum(body, drums::kPedalHat, Patterns{"...x.....x.."});
  drums.drum(body, drums::kKick, Patterns{"o.....o.....", "o........o.."});
  drums.drum(body, drums::kSnare, Patterns{"............", ".....o......", "........o..o", "..o......o.."});

  const Bars last = sketch.last_bar();
  lead.chords(last, Patterns{"x-----------"}, recipe.lowest + 6, recipe.highest, 1);
  comping.chords(last, Patterns{"x-----------"}, 52, 72, 4);
  bass.bass(last, Patterns{"1-----------"}, 33);
  drums.drum(last, drums::kRide, Patterns{"X-----------"});
  drums.drum(last, drums::kKick, Patterns{"x..........."});
  return sketch.finish(style, track_number);
}

}  // namespace

std::vector<Piece> jazz_pieces() {
  return album(kRecipes, Style{"Jazz", "Marlow Street Trio", "After the Last Set"}, compose);
}

}  // namespace resonance::sample_library
