#include "resonance/ranking/flow.h"

#include "resonance/core/error.h"

#include <vector>

#include <gtest/gtest.h>

namespace resonance::ranking {
namespace {

const std::vector<float> kHere{1, 0};
const std::vector<float> kRightAngle{0, 1};

Candidate track(float tempo_bpm, int tonic, bool minor, float energy, const char* artist = "") {
  Candidate candidate;
  candidate.embedding = kHere;
  candidate.facts.description.tempo_bpm = tempo_bpm;
  candidate.facts.description.tempo_confidence = 1;
  candidate.facts.description.key_tonic = tonic;
  candidate.facts.description.key_minor = minor;
  candidate.facts.description.key_confidence = 1;
  candidate.facts.description.energy = energy;
  candidate.facts.tags.artist = artist;
  return candidate;
}

double cost(const Candidate& from, const Candidate& to, const FlowSettings& settings = {}) {
  return FlowCost(std::vector<Candidate>{from, to}, settings)(0, 1);
}

TEST(FlowCost, of_a_track_like_the_one_before_is_nothing) {
  EXPECT_NEAR(cost(track(120, 0, false, 0.5F), track(120, 0, false, 0.5F)), 0, 1e-12);
  EXPECT_NEAR(cost(track(120, 0, false, 0.5F), track(60, 0, false, 0.5F)), 0,
              1e-12);  // the same, tapped at half
}

TEST(FlowCost, adds_up_sound_tempo_key_energy_and_artist) {
  Candidate other = track(120, 0, false, 0.5F);
  other.embedding = kRightAngle;
  EXPECT_NEAR(cost(track(120, 0, false, 0.5F), other), 1, 1e-9);
  EXPECT_NEAR(cost(track(100, 0, false, 0.5F), track(125, 0, false, 0.5F)), 2 * 0.321928, 1e-5);
  EXPECT_NEAR(cost(track(100, 0, false, 0.5F), track(100, 7, false, 0.5F)), 1.0 / 7, 1e-9);
  EXPECT_NEAR(cost(track(100, 0, false, 0.25F), track(100, 0, false, 0.5F)), 0.25, 1e-6);
  EXPECT_NEAR(cost(track(100, 0, false, 0, "A"), track(100, 0, false, 0, "a")), 0.5, 1e-9);
}

TEST(FlowCost, what_is_not_known_costs_the_half) {
  EXPECT_NEAR(cost(track(0, -1, false, 0), track(120, 0, false, 0)), 1, 1e-9);
  Candidate unsure = track(120, 0, false, 0);
  unsure.facts.description.tempo_confidence = 0.1F;
  EXPECT_NEAR(cost(unsure, track(120, 0, false, 0)), 0.5, 1e-9);
}

TEST(FlowCost, steps_against_the_direction_cost_more_than_anything_else) {
  const Candidate slow = track(100, 0, false, 0.5F);
  const Candidate fast = track(120, 6, true, 0.5F);
  EXPECT_LT(cost(slow, fast, {.tempo = Direction::up}), 3);
  EXPECT_GT(cost(fast, slow, {.tempo = Direction::up}), 20);
  EXPECT_GT(cost(slow, fast, {.tempo = Direction::down}), 20);
  EXPECT_LT(cost(track(103, 0, false, 0.5F), track(100, 0, false, 0.5F), {.tempo = Direction::up}), 3);
  EXPECT_GT(cost(track(0, 0, false, 0.2F), track(0, 0, false, 0.5F), {.energy = Direction::down}), 20);
}

TEST(FlowCost, knows_what_lies_ahead) {
  const std::vector<Candidate> tracks{track(100, 0, false, 0.5F), track(120, 0, false, 0.4F),
                                      track(80, 0, false, 0.5F), track(0, 0, false, 0.5F)};
  const FlowCost up(tracks, {.tempo = Direction::up});
  EXPECT_TRUE(up.is_ahead(0, 1));
  EXPECT_FALSE(up.is_ahead(0, 2));
  EXPECT_FALSE(up.is_ahead(0, 3));
  EXPECT_LT(up.progress(0), up.progress(1));
  const FlowCost any(tracks, {});
  EXPECT_TRUE(any.is_ahead(0, 2) && any.is_ahead(0, 3));
  EXPECT_FALSE(FlowCost(tracks, {.tempo = Direction::up, .energy = Direction::up}).is_ahead(0, 1));
}

TEST(FlowCost, refuses_embeddings_of_different_dimensions) {
  const std::vector<float> longer{1, 0, 0};
  Candidate other = track(1, 0, false, 0);
  other.embedding = longer;
  EXPECT_THROW(cost(track(1, 0, false, 0), other), Error);
}

}  // namespace
}  // namespace resonance::ranking
