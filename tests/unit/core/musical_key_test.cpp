#include "resonance/core/musical_key.h"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace resonance {
namespace {

using ::testing::UnorderedElementsAre;

constexpr MusicalKey kCMajor{0, false};
constexpr MusicalKey kAMinor{9, true};

TEST(KeyDistance, counts_fifths_and_the_change_of_mode) {
  EXPECT_EQ(key_distance(kCMajor, kCMajor), 0);
  EXPECT_EQ(key_distance(kCMajor, {7, false}), 1);
  EXPECT_EQ(key_distance(kCMajor, {5, false}), 1);
  EXPECT_EQ(key_distance(kCMajor, kAMinor), 1);
  EXPECT_EQ(key_distance(kCMajor, {4, true}), 2);   // E minor
  EXPECT_EQ(key_distance(kCMajor, {0, true}), 4);   // C minor, three flats away
  EXPECT_EQ(key_distance(kCMajor, {6, false}), 6);  // F sharp
  EXPECT_EQ(key_distance(kCMajor, {3, true}), 7);   // E flat minor
}

TEST(KeyDistance, is_symmetric_and_zero_only_for_the_same_key) {
  for (int a = 0; a < 24; ++a) {
    for (int b = 0; b < 24; ++b) {
      const MusicalKey first{a % 12, a >= 12};
      const MusicalKey second{b % 12, b >= 12};
      EXPECT_EQ(key_distance(first, second), key_distance(second, first));
      EXPECT_EQ(key_distance(first, second) == 0, a == b);
      EXPECT_LE(key_distance(first, second), 7);
    }
  }
}

TEST(CompatibleKeys, are_those_at_distance_one_and_the_key_itself) {
  EXPECT_THAT(compatible_keys(kAMinor),
              UnorderedElementsAre(kAMinor, kCMajor, MusicalKey{4, true}, MusicalKey{2, true}));
  for (int k = 0; k < 24; ++k) {
    const MusicalKey key{k % 12, k >= 12};
    for (const MusicalKey& other : compatible_keys(key)) EXPECT_LE(key_distance(key, other), 1);
  }
}

TEST(ParseKey, reads_what_people_write) {
  for (const char* text : {"Am", "am", "A minor", "a MIN", " A  min ", "8A"})
    EXPECT_EQ(parse_key(text), kAMinor) << text;
  for (const char* text : {"C", "c major", "Cmaj", "8b"}) EXPECT_EQ(parse_key(text), kCMajor) << text;
  EXPECT_EQ(parse_key("C#m"), (MusicalKey{1, true}));
  EXPECT_EQ(parse_key("Db major"), (MusicalKey{1, false}));
  EXPECT_EQ(parse_key("F♯"), (MusicalKey{6, false}));
  EXPECT_EQ(parse_key("B♭ minor"), (MusicalKey{10, true}));
  EXPECT_EQ(parse_key("Cb"), (MusicalKey{11, false}));
  EXPECT_EQ(parse_key("bb"), (MusicalKey{10, false}));
}

TEST(ParseKey, refuses_what_is_no_key) {
  for (const char* text : {"", "H", "C##", "Amx", "13A", "0B", "8C", "8", "minor", "A A", "123456789012A"}) {
    EXPECT_FALSE(parse_key(text)) << text;
  }
}

TEST(ParseKey, reads_every_name_that_is_written) {
  for (int k = 0; k < 24; ++k) {
    const MusicalKey key{k % 12, k >= 12};
    EXPECT_EQ(parse_key(name_of(key)), key);
  }
}

TEST(ParseKey, neighbours_on_the_camelot_wheel_are_a_fifth_apart) {
  for (int hour = 1; hour <= 12; ++hour) {
    const MusicalKey major = parse_key(std::to_string(hour) + "B").value();
    const MusicalKey minor = parse_key(std::to_string(hour) + "A").value();
    const MusicalKey next = parse_key(std::to_string(hour % 12 + 1) + "B").value();
    EXPECT_EQ(key_distance(major, minor), 1);
    EXPECT_EQ((major.tonic + 7) % 12, next.tonic);
  }
}

}  // namespace
}  // namespace resonance
