// Baroque-like chamber music: two voices in imitation over a walking cello and a harpsichord's broken chords.
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
  Instrument upper;
  Instrument lower;
  Patterns rhythms;
  Patterns cadences;
  Patterns harpsichord;
  Patterns cello;
};

constexpr Patterns kFlowing = {"x-x-xxxxx-x-xxxx", "x---x-xxx-x-x-x-", "xxxxx-x-xxxxx-x-",
                               "x-xxx-xxx-xxx-x-"};
constexpr Patterns kStately = {"x---x-x-x---x-x-", "x-----x-x---xxxx", "x-x-x---x-x-x---"};
constexpr Patterns kDance = {"x-xxx-x-x-x-", "x---x-xxx-x-", "x-x-xxxxx-x-"};

constexpr Patterns kBroken = {"1234321212343212"};
constexpr Patterns kWalking = {"1-3-5-3-1-3-5-s-", "1-5-3-5-1-5-3-s-"};

constexpr std::array<Recipe, 5> kRecipes = {{
    {{"Canon for Three Windows", {2, Mode::major}, 88, {4, 4}, "I,V vi,iii IV,I IV,V", 4, "I", 101},
     kViolin,
     kRecorder,
     kFlowing,
     {"x---x---x---x---"},
     {"1-2-3-2-1-2-3-2-"},
     {"1---3---1---3---"}},
    {{"Gigue in the Orchard", {9, Mode::minor}, 112, {3, 4}, "i iv bVII bIII bVI iim7b5 V i", 3, "i", 102},
     kRecorder,
     kViolin,
     kDance,
     {"x---x-x-x---", "x-x-x-------"},
     {"1-3-2-4-3-2-"},
     {"1---3---5---", "1---5---s---"}},
    {{"Slow Air of Glass", {7, Mode::minor}, 76, {4, 4}, "i bVII bVI V i iv V i", 2, "i", 103},
     kOboe,
     kViolin,
     kStately,
     {"x---x---x-------"},
     {"x-------2-3-4-3-", "1-2-3-4-3-2-3-2-"},
     {"1-------5---s---", "1---3---5---s---"}},
    {{"Allegro of the Sparrows", {5, Mode::major}, 96, {4, 4}, "I IV V I vi ii V I", 2, "I", 104},
     kViolin,
     kFlute,
     kFlowing,
     {"x-x-x-x-x---x---", "x---x-x-x-------"},
     kBroken,
     kWalking},
    {{"Passacaglia by Lamplight", {0, Mode::minor}, 92, {4, 4}, "i bVII bVI V i iv iim7b5,V i", 2, "i", 105},
     kViolin,
     kOboe,
     kFlowing,
     {"x---x-x-x-------"},
     {"1-2-3-4-1-2-3-4-", "4-3-2-1-4-3-2-1-"},
     {"1---1---3---s---", "1-3-5-3-1-3-5-s-"}},
}};

Piece compose(const Recipe& recipe, const Style& style, int track_number) {
  Sketch sketch(recipe.outline);
  Player upper = sketch.player(recipe.upper, {98, 44, 60}, {.velocity = 84, .length_percent = 92});
  Player lower = sketch.player(recipe.lower, {86, 84, 60}, {.velocity = 76, .length_percent = 92});
  Player harpsichord = sketch.player(kHarpsichord, {92, 64, 50}, {.velocity = 78, .length_percent = 90});
  Player cello = sketch.player(kCello, {104, 58, 50}, {.velocity = 82, .length_percent = 88});
  Player strings = sketch.player(kStrings, {58, 70, 70}, {.velocity = 60, .length_percent = 100});

  const MelodyStyle high{.rhythms = recipe.rhythms,
                         .cadences = recipe.cadences,
                         .mode = recipe.outline.key.mode,
                         .lowest = 69,
                         .highest = 88,
                         .leap_percent = 20};
  MelodyStyle low = high;
  low.lowest = 60;
  low.highest = 77;

  const Bars body = sketch.body();
  const int phrase = std::min(body.count, 8);
  for (int first = 0; first < body.count; first += phrase) {
    // The lower voice sets out a bar later with the same random numbers: the same rhythms and turns, on its
    // chords.
    const Bars bars{first, std::min(phrase, body.count - first)};
    const Random theme = sketch.random(first == phrase ? 2 : 1);
    upper.notes(melody_over(bars, sketch.harmony(), sketch.beat_ticks(), high, theme));
    lower.notes(
        melody_over({bars.first + 1, bars.count - 1}, sketch.harmony(), sketch.beat_ticks(), low, theme));
  }
  harpsichord.chords(body, recipe.harpsichord, 52, 76, 4);
  cello.bass(body, recipe.cello, 36);
  strings.pad({body.count / 2, body.count - body.count / 2}, 50, 72, 3, 0);

  const Bars last = sketch.last_bar();
  upper.chords(last, Patterns{"x---------------"}, 72, 84, 1);
  lower.chords(last, Patterns{"x---------------"}, 62, 74, 1);
  harpsichord.chords(last, Patterns{"12345-----------"}, 48, 76, 5);
  cello.bass(last, Patterns{"1---------------"}, 36);
  strings.pad(last, 50, 72, 3, 0);
  return sketch.finish(style, track_number);
}

}  // namespace

std::vector<Piece> chamber_pieces() {
  return album(kRecipes, Style{"Chamber", "The Linden Consort", "Rooms with Music"}, compose);
}

}  // namespace resonance::sample_library
