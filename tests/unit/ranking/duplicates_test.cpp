#include "resonance/ranking/duplicates.h"

#include "resonance/core/error.h"

#include <vector>

#include <gtest/gtest.h>

namespace resonance::ranking {
namespace {

const std::vector<float> kHere{1, 0};
const std::vector<float> kNear{0.98F, 0.199F};
const std::vector<float> kElsewhere{0, 1};

Candidate song(const std::vector<float>& embedding, const char* title, float duration_s) {
  Candidate candidate;
  candidate.embedding = embedding;
  candidate.facts.tags.title = title;
  candidate.facts.description.duration_s = duration_s;
  return candidate;
}

TEST(AreDuplicates, the_same_packets_are_one_recording_whatever_the_tags) {
  Candidate a = song(kHere, "A", 100);
  Candidate b = song(kElsewhere, "B", 300);
  a.hash.bytes[3] = 7;
  b.hash.bytes[3] = 7;
  EXPECT_TRUE(are_duplicates(a, b, {}));
}

TEST(AreDuplicates, an_unknown_hash_proves_nothing) {
  EXPECT_FALSE(are_duplicates(song(kHere, "A", 100), song(kElsewhere, "A", 100), {}));
}

TEST(AreDuplicates, sound_duration_and_title_have_to_agree) {
  EXPECT_TRUE(are_duplicates(song(kHere, "Song", 100), song(kNear, "SONG ", 101.5F), {}));
  EXPECT_TRUE(are_duplicates(song(kHere, "", 100), song(kNear, "Song", 101.5F), {}));
  EXPECT_FALSE(are_duplicates(song(kHere, "Song", 100), song(kNear, "Other", 100), {}));
  EXPECT_FALSE(are_duplicates(song(kHere, "Song", 100), song(kNear, "Song", 103), {}));
  EXPECT_FALSE(are_duplicates(song(kHere, "Song", 100), song(kElsewhere, "Song", 100), {}));
  EXPECT_FALSE(are_duplicates(song(kHere, "Song", 100), song(kNear, "Song", 100), {.similarity = 0.99}));
}

TEST(AreDuplicates, refuses_embeddings_that_cannot_be_compared) {
  const std::vector<float> longer{1, 0, 0};
  EXPECT_THROW(are_duplicates(song(kHere, "", 1), song(longer, "", 1), {}), Error);
}

}  // namespace
}  // namespace resonance::ranking
