// A rock band: two distorted guitars in power chords, picked bass, a backbeat, and a lead guitar.
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
  Mode lead_scale;
  Patterns riff;
  Patterns bass;
  Patterns kick;
  Patterns snare;
  Patterns hat;
  bool organ;
};

constexpr Patterns kBackbeat = {"....X.......X..."};
constexpr Patterns kEighths = {"X.x.X.x.X.x.X.x."};

constexpr Patterns kDriving = {"1-1-1-1-1-1-1-1-", "1-1-1-1-1-1-8-5-"};

constexpr std::array<Recipe, 5> kRecipes = {{
    {{"Copper Wire", {4, Mode::minor}, 138, {4, 4}, "i i bVII bVII bVI bVI bVII bVII", 3, "i5", 301},
     Mode::minor_pentatonic,
     {"X-xxx-xxX-xxx-x-", "X-xxx-xxX-x-X-X-"},
     kDriving,
     {"x.....x.x.x.....", "x.....x.x.....x."},
     kBackbeat,
     kEighths,
     false},
    {{"Concrete Summer", {9, Mode::mixolydian}, 124, {4, 4}, "I bVII IV I", 5, "I", 302},
     Mode::mixolydian,
     {"X---x-x-..x-X-x-", "X---x-x-..X---x-"},
     {"1---1-1---1-1-s-", "1---1-1---5-1-s-"},
     {"x.......x.x....."},
     kBackbeat,
     kEighths,
     true},
    {{"Static on the Line", {2, Mode::minor}, 152, {4, 4}, "i bVI bIII bVII", 7, "i5", 303},
     Mode::minor_pentatonic,
     {"X-x-x-x-X-x-x-x-"},
     kDriving,
     {"x...x...x...x...", "x.x...x.x.x....."},
     kBackbeat,
     {"X...X...X...X..."},
     false},
    {{"Run the Reservoir", {7, Mode::major}, 130, {4, 4}, "I V vi IV", 6, "I", 304},
     Mode::major,
     {"X-------X---x-x-", "X-----x-X---x---"},
     {"1-1-1-1-1-1-1-1-"},
     {"x.....x.x.....x."},
     kBackbeat,
     kEighths,
     true},
    {{"Iron Weather", {11, Mode::minor}, 116, {4, 4}, "i iv bVI V i bVII bVI V", 3, "i5", 305},
     Mode::minor_pentatonic,
     {"X-.xX-.xX-xxx---", "X-.xX-.xX---X-X-"},
     {"1-.11-.11-111---"},
     {"x..xx..xx......."},
     {"........X.......", "........X.....xx"},
     {"X...x...X...x..."},
     false},
}};

Piece compose(const Recipe& recipe, const Style& style, int track_number) {
  Sketch sketch(recipe.outline);
  Player left = sketch.player(kDistortionGuitar, {74, 24, 20}, {.velocity = 88, .timing_ticks = 8});
  Player right = sketch.player(kDistortionGuitar, {70, 104, 20}, {.velocity = 84, .timing_ticks = 8});
  Player lead = sketch.player(kOverdrivenGuitar, {86, 70, 45}, {.velocity = 92});
  Player bass = sketch.player(kPickedBass, {104, 64, 10}, {.velocity = 98, .length_percent = 90});
  Player organ = sketch.player(kRockOrgan, {52, 78, 30}, {.velocity = 70});
  Player drums = sketch.player(kDrumKit, {112, 64, 20}, {.velocity = 102, .timing_ticks = 4});

  const MelodyStyle verse{.rhythms = {"x-x-x-----x-x---", "..x-x-x-x-------", "x---x-x-....x-x-"},
                          .cadences = {"x-----x-x-------", "x-x-x-----------"},
                          .mode = recipe.lead_scale,
                          .lowest = 59,
                          .highest = 78,
                          .leap_percent = 20,
                          .rest_percent = 20};
  MelodyStyle solo = verse;
  solo.rhythms = {"x-xxx-x-x-xxx-x-", "x-x-xxx-x-x-x---", "xxx-x-x-x---x-x-"};
  solo.lowest = 64;
  solo.highest = 83;
  solo.rest_percent = 0;
  const int rounds = recipe.outline.rounds;
  // The first round belongs to the riff (only half of it where the round is long); the last but one to the
  // solo.
  for (int round = rounds > 3 ? 1 : 0; round < rounds; ++round) {
    const bool is_solo = rounds > 3 ? round >= rounds - 2 : round == rounds - 1;
    Bars bars = sketch.round(round);
    if (rounds <= 3 && round == 0) bars = {bars.first + bars.count / 2, bars.count - bars.count / 2};
    const Random random = sketch.random(is_solo ? 20 + static_cast<std::uint64_t>(round) : 1);
    lead.notes(melody_over(bars, sketch.harmony(), sketch.beat_ticks(), is_solo ? solo : verse, random));
  }

  const Bars body = sketch.body();
  const Bars second_half{body.count / 2, body.count - body.count / 2};
  left.power_chords(body, recipe.riff, 40);
  right.power_chords({2, body.count - 2}, recipe.riff, 40);
  bass.bass(body, recipe.bass, 28);
  if (recipe.organ) organ.pad(second_half, 55, 76, 3, 0);
  drums.drum(body, drums::kKick, recipe.kick);
  drums.drum(body, drums::kSnare, recipe.snare);
  drums.drum(body, recipe.outline.seed % 2 == 0 ? drums::kOpenHat : drums::kClosedHat, recipe.hat);
  drums.drum(body, drums::kCrash, Patterns{"X---------------", ".", ".", ".", ".", ".", ".", "."});
  // A fill over the toms closes every eighth bar.
  drums.drum(body, drums::kHighTom, Patterns{".", ".", ".", ".", ".", ".", ".", "........xx......"});
  drums.drum(body, drums::kMidTom, Patterns{".", ".", ".", ".", ".", ".", ".", "..........xx...."});
  drums.drum(body, drums::kLowTom, Patterns{".", ".", ".", ".", ".", ".", ".", "............XxXx"});

  const Bars last = sketch.last_bar();
  left.power_chords(last, Patterns{"X---------------"}, 40);
  right.power_chords(last, Patterns{"X---------------"}, 40);
  bass.bass(last, Patterns{"1---------------"}, 28);
  drums.drum(last, drums::kCrash, Patterns{"X---------------"});
  drums.drum(last, drums::kKick, Patterns{"X..............."});
  return sketch.finish(style, track_number);
}

}  // namespace

std::vector<Piece> rock_pieces() {
  return album(kRecipes, Style{"Rock", "Copper Kites", "Loud Weather", 112}, compose);
}

}  // namespace resonance::sample_library
