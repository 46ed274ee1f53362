#include "resonance/ranking/reasons.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace resonance::ranking {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

TrackFacts track(float tempo_bpm, int tonic, bool minor) {
  Description description;
  description.tempo_bpm = tempo_bpm;
  description.tempo_confidence = 0.9F;
  description.key_tonic = tonic;
  description.key_minor = minor;
  description.key_confidence = 0.9F;
  description.brightness_hz = 380;
  description.onsets_per_second = 5;
  description.energy = 0.5F;
  return {description, {}};
}

TEST(Reasons, tempo_within_four_percent_is_similar) {
  EXPECT_THAT(reasons(track(128, 0, false), track(126, 1, false), {}),
              ElementsAre("similar tempo (128 vs 126 BPM)"));
  EXPECT_THAT(reasons(track(128, 0, false), track(110, 1, false), {}), IsEmpty());
  EXPECT_THAT(reasons(track(140, 0, false), track(70, 1, false), {}),
              ElementsAre("half the tempo (140 vs 70 BPM)"));
}

TEST(Reasons, keys_are_related_by_the_circle_of_fifths_and_by_relative_mode) {
  EXPECT_THAT(reasons(track(100, 9, true), track(60, 9, true), {}), ElementsAre("both in A minor"));
  EXPECT_THAT(reasons(track(100, 9, true), track(60, 0, false), {}),
              ElementsAre("relative keys (A minor and C major)"));
  EXPECT_THAT(reasons(track(100, 0, false), track(60, 9, true), {}),
              ElementsAre("relative keys (C major and A minor)"));
  EXPECT_THAT(reasons(track(100, 0, false), track(60, 7, false), {}),
              ElementsAre("keys a fifth apart (C major and G major)"));
  EXPECT_THAT(reasons(track(100, 0, false), track(60, 6, false), {}), IsEmpty());
}

TEST(Reasons, an_uncertain_tempo_or_key_is_not_mentioned) {
  TrackFacts uncertain = track(128, 9, true);
  uncertain.description.tempo_confidence = 0.01F;
  uncertain.description.key_confidence = 0.01F;
  EXPECT_THAT(reasons(uncertain, track(128, 9, true), {}), IsEmpty());
}

TEST(Reasons, the_strongest_modality_is_named_with_its_score) {
  EXPECT_THAT(reasons(track(100, 0, false), track(60, 6, false), {0.7F, 0.95F, 0.1F}),
              ElementsAre("harmony is closest (0.95)"));
}

TEST(Reasons, shared_extremes_and_tags_are_named_but_not_the_middle) {
  TrackFacts bright = track(100, 0, false);
  bright.description.brightness_hz = 4000;
  bright.description.onsets_per_second = 8;
  bright.tags.artist = "The Band";
  TrackFacts other = bright;
  other.tags.artist = "the band";
  const auto words = reasons(bright, other, {});
  EXPECT_THAT(words, Contains("bright"));
  EXPECT_THAT(words, Contains("dense percussion"));
  EXPECT_THAT(words, Contains("same artist (the band)"));
}

TEST(Traits, silence_has_no_tempo_and_no_key) {
  EXPECT_THAT(traits(Description{}), ElementsAre("dark", "sparse percussion", "quiet", "calm"));
}

}  // namespace
}  // namespace resonance::ranking
