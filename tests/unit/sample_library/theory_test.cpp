#include "sample_library/theory.h"

#include <stdexcept>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace resonance::sample_library {
namespace {

using ::testing::ElementsAre;

constexpr Key kCMajor{0, Mode::major};
constexpr Key kAMinor{9, Mode::minor};

TEST(Chord, the_dominant_of_c_is_g_b_d_f) { EXPECT_EQ(chord_of("V7", kCMajor), (Chord{7, {0, 4, 7, 10}})); }

TEST(Chord, a_flat_numeral_counts_from_the_major_scale_in_a_minor_key_too) {
  EXPECT_EQ(chord_of("bVImaj7", kAMinor), (Chord{5, {0, 4, 7, 11}}));
}

TEST(Chord, lower_case_is_minor) { EXPECT_EQ(chord_of("iv", kAMinor), (Chord{2, {0, 3, 7}})); }

TEST(Chord, what_is_no_numeral_is_refused) {
  for (const char* text : {"", "H7", "IIII", "Vx", "b", "Im7b5", "iV"}) {
    EXPECT_THROW(chord_of(text, kCMajor), std::invalid_argument) << text;
  }
}

TEST(Chord, tones_are_named_by_their_place_in_thirds) {
  const Chord seventh = chord_of("V7", kCMajor);
  EXPECT_EQ(seventh.interval(1), 0);
  EXPECT_EQ(seventh.interval(3), 4);
  EXPECT_EQ(seventh.interval(5), 7);
  EXPECT_EQ(seventh.interval(7), 10);
  EXPECT_EQ(seventh.interval(8), 12);
  EXPECT_EQ(chord_of("V", kCMajor).interval(7), 7);
}

TEST(Harmony, two_chords_share_a_bar_in_halves) {
  const Harmony harmony("I V,IV", kCMajor, 1920);
  EXPECT_EQ(harmony.bar_count(), 2);
  EXPECT_EQ(harmony.at(0).root, 0);
  EXPECT_EQ(harmony.at(1920).root, 7);
  EXPECT_EQ(harmony.at(1920 + 960).root, 5);
  EXPECT_EQ(harmony.change_after(100), 1920);
}

TEST(Harmony, a_repeated_progression_ends_with_the_bar_that_was_asked_for) {
  Harmony harmony("I V", kCMajor, 1920);
  harmony.repeat(3, "vi");
  EXPECT_EQ(harmony.bar_count(), 7);
  EXPECT_EQ(harmony.at(harmony.length_ticks() - 1).root, 9);
  EXPECT_EQ(harmony.at(1'000'000).root, 9);
}

TEST(Scale, steps_skip_what_is_not_in_the_key) {
  EXPECT_EQ(scale_step(64, 1, kCMajor), 65);
  EXPECT_EQ(scale_step(65, 2, kCMajor), 69);
  EXPECT_EQ(scale_step(61, -1, kCMajor), 60);
}

TEST(Voicing, moves_little_from_chord_to_chord) {
  const std::vector<int> tonic = voicing_of(chord_of("I", kCMajor), 55, 76, 3, {});
  EXPECT_THAT(voicing_of(chord_of("IV", kCMajor), 55, 76, 3, {60, 64, 67}), ElementsAre(60, 65, 69));
  EXPECT_EQ(tonic.size(), 3U);
}

}  // namespace
}  // namespace resonance::sample_library
