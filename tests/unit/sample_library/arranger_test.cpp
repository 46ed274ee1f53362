#include "sample_library/arranger.h"

#include "sample_library/instruments.h"

#include <algorithm>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace resonance::sample_library {
namespace {

using ::testing::Each;
using ::testing::Truly;

constexpr Key kCMajor{0, Mode::major};
constexpr Touch kExact{.velocity = 90, .velocity_spread = 0, .timing_ticks = 0, .length_percent = 100};

std::vector<int> pitches_of(const Part& part) {
  std::vector<int> pitches;
  for (const Note& note : part.notes) pitches.push_back(note.pitch);
  return pitches;
}

struct Band {
  explicit Band(std::string_view progression, const Instrument& instrument = instruments::kPiano)
      : part{.instrument = instrument, .notes = {}}, harmony(progression, kCMajor, 1920) {}
  Part part;
  Harmony harmony;
  Random random{1};
  Player player{part, harmony, random, kExact};
};

TEST(Pattern, holds_lengthen_and_dots_silence) {
  const std::vector<Step> steps = steps_of("x-.x", 0, 1920);
  ASSERT_EQ(steps.size(), 2U);
  EXPECT_EQ(steps[0].start, 0);
  EXPECT_EQ(steps[0].length, 960);
  EXPECT_EQ(steps[1].start, 1440);
  EXPECT_EQ(steps[1].length, 480);
}

TEST(Pattern, a_hold_with_nothing_to_hold_is_silence) {
  EXPECT_EQ(steps_of("--x-", 0, 1920).size(), 1U);
  EXPECT_EQ(steps_of("x.--", 0, 1920).front().length, 480);
}

TEST(Player, a_bass_line_names_the_chords_tones_and_leads_to_the_next_root) {
  Band band("I IV");
  band.player.bass({0, 1}, Patterns{"135a"}, 36);
  // C E G, then the semitone below F.
  EXPECT_EQ(pitches_of(band.part), (std::vector<int>{36, 40, 43, 40}));
}

TEST(Player, chords_are_made_of_chord_tones_only) {
  Band band("I vi IV V");
  band.player.chords({0, 4}, Patterns{"x1X2"}, 52, 76, 4);
  for (const Note& note : band.part.notes) {
    EXPECT_TRUE(band.harmony.at(note.start).contains(note.pitch)) << note.pitch << " at " << note.start;
  }
}

TEST(Player, a_note_beyond_the_instrument_moves_by_octaves) {
  Band band("I", instruments::kFlute);
  band.player.note(0, 480, 36);
  band.player.note(480, 480, 120);
  EXPECT_EQ(pitches_of(band.part), (std::vector<int>{60, 96}));
}

TEST(Player, a_pad_changes_when_the_chord_does) {
  Band band("I I IV IV");
  band.player.pad({0, 4}, 52, 72, 1, 0);
  ASSERT_EQ(band.part.notes.size(), 2U);
  EXPECT_EQ(band.part.notes[0].length, 2 * 1920);
}

TEST(Player, power_chords_have_no_third) {
  Band band("I vi");
  band.player.power_chords({0, 1}, Patterns{"X"}, 40);
  EXPECT_EQ(pitches_of(band.part), (std::vector<int>{48, 55, 60}));
}

TEST(Tidy, a_pitch_ends_where_it_starts_again) {
  Part part{.instrument = instruments::kPiano,
            .notes = {{480, 480, 60, 80}, {0, 900, 60, 80}, {0, 100, 64, 80}}};
  tidy(part);
  ASSERT_EQ(part.notes.size(), 3U);
  EXPECT_EQ(part.notes[0].length, 480);
  EXPECT_THAT(part.notes, Each(Truly([](const Note& note) { return note.length > 0; })));
}

}  // namespace
}  // namespace resonance::sample_library
