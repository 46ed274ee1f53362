#include "sample_library/melody.h"

#include <gtest/gtest.h>

namespace resonance::sample_library {
namespace {

constexpr int kBar = 1920;
constexpr int kBeat = 480;

MelodyStyle plain_style() {
  return {.rhythms = {"xxxxxxxx", "x-xxx-xx"},
          .cadences = {"x---x---"},
          .mode = Mode::major,
          .lowest = 60,
          .highest = 79};
}

class Melody : public ::testing::Test {
 protected:
  [[nodiscard]] std::vector<Note> melody(const MelodyStyle& style, std::uint64_t seed) const {
    return melody_over({0, 16}, harmony_, kBeat, style, Random(seed));
  }
  Harmony harmony_ = [] {
    Harmony harmony("I vi IV V", {7, Mode::major}, kBar);
    harmony.repeat(4, "I");
    return harmony;
  }();
};

TEST_F(Melody, notes_on_a_beat_belong_to_the_chord_and_the_others_to_the_key) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    for (const Note& note : melody(plain_style(), seed)) {
      const bool belongs = note.start % kBeat == 0 ? harmony_.at(note.start).contains(note.pitch)
                                                   : in_scale(note.pitch, {7, Mode::major});
      EXPECT_TRUE(belongs) << note.pitch << " at " << note.start << ", seed " << seed;
    }
  }
}

TEST_F(Melody, stays_in_its_range) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    for (const Note& note : melody(plain_style(), seed)) {
      EXPECT_GE(note.pitch, 60);
      EXPECT_LE(note.pitch, 79);
    }
  }
}

TEST_F(Melody, the_same_seed_gives_the_same_melody_and_another_seed_another) {
  const auto pitches = [&](std::uint64_t seed) {
    std::vector<int> result;
    for (const Note& note : melody(plain_style(), seed)) result.push_back(note.pitch);
    return result;
  };
  EXPECT_EQ(pitches(1), pitches(1));
  EXPECT_NE(pitches(1), pitches(2));
}

TEST_F(Melody, never_rests_unless_told_to) {
  std::size_t last = 0;
  for (const Note& note : melody(plain_style(), 3)) {
    const auto bar = static_cast<std::size_t>(note.start / kBar);
    EXPECT_LE(bar, last + 1);
    last = bar;
  }
  EXPECT_EQ(last, 15U);
}

}  // namespace
}  // namespace resonance::sample_library
