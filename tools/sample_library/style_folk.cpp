// Dances in the Celtic manner: jigs, reels and a waltz, played A A B B A by fiddle, whistle or accordion.
#include "sample_library/instruments.h"
#include "sample_library/melody.h"
#include "sample_library/sketch.h"
#include "sample_library/styles.h"

#include <array>
#include <string>

namespace resonance::sample_library {
namespace {

using namespace instruments;

/// How a dance moves: a bar of each is as many letters as it has eighths (jig) or sixteenths (reel, waltz).
struct Dance {
  Meter meter;
  Patterns rhythms;
  Patterns cadences;
  Patterns guitar;
  Patterns bass;
  Patterns frame_drum;
  std::string_view whole_bar;
};

constexpr Dance kJig{{6, 8},
                     {"xxxxxx", "x-xxxx", "xxxx-x", "x-xx-x"},
                     {"xxxx--", "x-xx--"},
                     {"X-xX-x", "X-xXxx"},
                     {"1--5--"},
                     {"XooXoo", "XoxXoo"},
                     "x-----"};
constexpr Dance kReel{{2, 4},
                      {"x-xxx-xx", "xxxxxxxx", "x-x-xxxx", "xxx-xxx-"},
                      {"xxx-x---", "x-x-x---"},
                      {"X-x-X-xx", "X-xxX-x-"},
                      {"1---5---"},
                      {"XoxoXoxx", "XoxoXoxo"},
                      "x-------"};
constexpr Dance kWaltz{{3, 4},
                       {"x-x-x-", "x---x-", "x-xxx-", "xxxxx-"},
                       {"x-----", "x---x-"},
                       {"..x-x-", "..x-xx"},
                       {"1-----"},
                       {"X.o.o.", "X.o.oo"},
                       "x-----"};

struct Recipe {
  std::string_view title;
  const Dance* dance;
  Key key;
  int tempo_bpm;
  std::string_view first;   ///< eight bars
  std::string_view second;  ///< eight bars
  std::string_view last;
  Instrument lead;
  Instrument companion;
  std::uint64_t seed;
};

constexpr std::array<Recipe, 5> kRecipes = {{
    {"The Miller's Gate",
     &kJig,
     {2, Mode::major},
     116,
     "I I IV V I I IV,V I",
     "vi IV I V vi IV V I",
     "I",
     kFiddle,
     kWhistle,
     601},
    {"Rain on Carrick Road",
     &kReel,
     {4, Mode::dorian},
     104,
     "i i bVII bVII i i bVII i",
     "bIII bVII i i bIII bVII v i",
     "i",
     kWhistle,
     kFiddle,
     602},
    {"Two Boats",
     &kJig,
     {7, Mode::major},
     122,
     "I IV I V I IV V I",
     "IV I IV V IV I V I",
     "I",
     kAccordion,
     kFiddle,
     603},
    {"Hannah's Waltz",
     &kWaltz,
     {9, Mode::mixolydian},
     150,
     "I I bVII bVII IV IV I I",
     "IV IV I I bVII IV I I",
     "I",
     kFiddle,
     kAccordion,
     604},
    {"Over the Stile",
     &kReel,
     {9, Mode::minor},
     108,
     "i bVII i bVII i bVII v i",
     "bVI bVII i i bVI bVII v i",
     "i",
     kFiddle,
     kWhistle,
     605},
}};

Piece compose(const Recipe& recipe, const Style& style, int track_number) {
  const Dance& dance = *recipe.dance;
  std::string progression;
  for (const std::string_view part :
       {recipe.first, recipe.first, recipe.second, recipe.second, recipe.first}) {
    progression.append(part).append(" ");
  }
  Sketch sketch(
      {recipe.title, recipe.key, recipe.tempo_bpm, dance.meter, progression, 1, recipe.last, recipe.seed});
  Player lead =
      sketch.player(recipe.lead, {100, 56, 50}, {.velocity = 92, .velocity_spread = 8, .timing_ticks = 10});
  Player companion = sketch.player(recipe.companion, {84, 78, 50}, {.velocity = 80, .velocity_spread = 8});
  Player guitar = sketch.player(kSteelGuitar, {94, 40, 40}, {.velocity = 74, .timing_ticks = 8});
  Player bass = sketch.player(kFingeredBass, {92, 64, 20}, {.velocity = 80});
  Player drum = sketch.player(kDrumKit, {96, 84, 30}, {.velocity = 84, .timing_ticks = 6});

  const MelodyStyle tune{.rhythms = dance.rhythms,
                         .cadences = dance.cadences,
                         .mode = recipe.key.mode,
                         .lowest = 62,
                         .highest = 81,
                         .leap_percent = 30};
  MelodyStyle high = tune;
  high.lowest = 67;
  high.highest = 86;
  constexpr int kPartBars = 8;
  const auto part = [&](int index) { return Bars{index * kPartBars, kPartBars}; };
  for (int index = 0; index < 5; ++index) {
    const bool is_second = index == 2 || index == 3;
    const std::vector<Note> melody = melody_over(part(index), sketch.harmony(), sketch.beat_ticks(),
                                                 is_second ? high : tune, sketch.random(is_second ? 2 : 1));
    lead.notes(melody);
    if (index == 1 || index >= 3) companion.notes(melody);
  }
  const Bars body = sketch.body();
  guitar.chords(body, dance.guitar, 50, 71, 4);
  bass.bass(body, dance.bass, 33);
  drum.drum({kPartBars, body.count - kPartBars}, drums::kLowTom, dance.frame_drum);

  const Patterns whole = {dance.whole_bar};
  const Bars last = sketch.last_bar();
  lead.chords(last, whole, 69, 81, 1);
  companion.chords(last, whole, 69, 81, 1);
  guitar.chords(last, whole, 50, 71, 4);
  bass.bass(last, Patterns{"1"}, 33);
  drum.drum(last, drums::kLowTom, whole);
  return sketch.finish(style, track_number);
}

}  // namespace

std::vector<Piece> folk_pieces() {
  return album(kRecipes, Style{"Folk", "The Drumkeel Band", "Five Dances", 118}, compose);
}

}  // namespace resonance::sample_library
