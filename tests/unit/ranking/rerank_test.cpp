#include "resonance/ranking/rerank.h"

#include "resonance/core/error.h"
#include "resonance/ranking/query.h"
#include "resonance/ranking/vector_math.h"

#include <algorithm>
#include <limits>
#include <numeric>
#include <random>
#include <set>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "random_vectors.h"

namespace resonance::ranking {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

Candidate candidate(const std::string& id, float score, const char* artist = "", const char* album = "") {
  Candidate result;
  result.id = id;
  result.score = score;
  result.facts.tags.artist = artist;
  result.facts.tags.album = album;
  return result;
}

std::vector<std::string> ids(const std::vector<Candidate>& candidates, const RerankContext& context,
                             const RerankSettings& settings) {
  std::vector<std::string> names;
  for (const RankedCandidate& ranked : rerank(candidates, context, settings)) {
    names.push_back(candidates[ranked.candidate].id);
  }
  return names;
}

TEST(Rerank, by_default_sorts_by_score_and_equal_scores_by_id) {
  EXPECT_THAT(
      ids({candidate("c", 0.5F), candidate("a", 0.5F), candidate("d", 0.9F), candidate("b", 0.1F)}, {}, {}),
      ElementsAre("d", "a", "c", "b"));
  EXPECT_THAT(ids({candidate("c", 0.5F), candidate("a", 0.5F)}, {}, {.count = 1}), ElementsAre("a"));
  EXPECT_THAT(ids({}, {}, {}), IsEmpty());
}

TEST(Rerank, scores_are_those_given) {
  const std::vector<Candidate> candidates{candidate("a", 0.25F)};
  EXPECT_EQ(rerank(candidates, {}, {}).front().score, 0.25);
}

TEST(Rerank, leaves_out_seeds_and_scores_below_the_least) {
  const std::vector<Candidate> seeds{candidate("s", 1)};
  EXPECT_THAT(ids({candidate("s", 1), candidate("a", 0.5F), candidate("b", 0.49F)}, {.seeds = seeds},
                  {.min_score = 0.5F}),
              ElementsAre("a"));
}

TEST(Rerank, leaves_out_the_seeds_artists_if_asked_however_they_are_written) {
  const std::vector<Candidate> seeds{candidate("s", 1, "Björk"), candidate("t", 1, "")};
  const std::vector<Candidate> candidates{candidate("a", 0.9F, "BJÖRK"), candidate("b", 0.8F, "Other"),
                                          candidate("c", 0.7F, "")};
  EXPECT_THAT(ids(candidates, {.seeds = seeds}, {.without_seed_artists = true}), ElementsAre("b", "c"));
  EXPECT_THAT(ids(candidates, {.seeds = seeds}, {}), ElementsAre("a", "b", "c"));
}

TEST(Rerank, caps_artists_and_albums_but_not_the_unknown) {
  const std::vector<Candidate> candidates{candidate("a", 0.9F, "X", "One"),
                                          candidate("b", 0.8F, "x", "One"),
                                          candidate("c", 0.7F, "X", "Two"),
                                          candidate("d", 0.6F, "Y", "One"),
                                          candidate("e", 0.5F),
                                          candidate("f", 0.4F)};
  EXPECT_THAT(ids(candidates, {}, {.most_per_artist = 1}), ElementsAre("a", "d", "e", "f"));
  EXPECT_THAT(ids(candidates, {}, {.most_per_artist = 2}), ElementsAre("a", "b", "d", "e", "f"));
  // Y's album of the same name is another album.
  EXPECT_THAT(ids(candidates, {}, {.most_per_album = 1}), ElementsAre("a", "c", "d", "e", "f"));
}

TEST(Rerank, a_duplicate_does_not_use_up_the_cap_of_its_artist) {
  std::vector<Candidate> candidates{candidate("a", 0.9F, "X"), candidate("b", 0.8F, "X"),
                                    candidate("c", 0.7F, "X")};
  candidates[0].hash.bytes[0] = 1;
  candidates[1].hash.bytes[0] = 1;
  EXPECT_THAT(ids(candidates, {}, {.most_per_artist = 2, .duplicates = DuplicateRule{}}),
              ElementsAre("a", "c"));
}

TEST(Rerank, a_copy_of_a_seed_is_no_answer) {
  std::vector<Candidate> seeds{candidate("s", 1)};
  std::vector<Candidate> candidates{candidate("s-2", 1), candidate("b", 0.5F)};
  seeds[0].hash.bytes[0] = 1;
  candidates[0].hash.bytes[0] = 1;
  EXPECT_THAT(ids(candidates, {.seeds = seeds}, {.duplicates = DuplicateRule{}}), ElementsAre("b"));
}

TEST(Rerank, of_diversity_prefers_what_is_not_like_the_first) {
  const std::vector<float> here{1, 0};
  const std::vector<float> there{0, 1};
  std::vector<Candidate> candidates{candidate("a", 0.9F), candidate("b", 0.89F), candidate("c", 0.6F)};
  candidates[0].embedding = here;
  candidates[1].embedding = here;
  candidates[2].embedding = there;
  EXPECT_THAT(ids(candidates, {}, {.diversity = 0.3}), ElementsAre("a", "c", "b"));
  EXPECT_THAT(ids(candidates, {}, {.diversity = 0}), ElementsAre("a", "b", "c"));
  // Heard by its first dimension only, c is nothing like a, and neither is it with half of the weights.
  const std::vector<float> factors{0, 1};
  EXPECT_THAT(ids(candidates, {.factors = factors}, {.diversity = 0.3}), ElementsAre("a", "b", "c"));
}

// Random candidates of a few artists and albums, scored by a query.
struct World {
  Matrix rows = random_unit_rows(200, 16, 11);
  std::vector<float> query;
  std::vector<Candidate> candidates;

  World() {
    const Matrix one = random_unit_rows(1, 16, 12);
    query.assign(one.values().begin(), one.values().end());
    std::mt19937 random(13);
    for (std::size_t i = 0; i < rows.rows(); ++i) {
      Candidate c = candidate("t" + std::to_string(random() % 1000) + "-" + std::to_string(i),
                              static_cast<float>(inner_product(query, rows.row(i))),
                              random() % 4 == 0 ? "" : ("artist " + std::to_string(random() % 12)).c_str(),
                              ("album " + std::to_string(random() % 3)).c_str());
      c.embedding = rows.row(i);
      c.row = static_cast<std::int64_t>(i);
      c.facts.description.duration_s = static_cast<float>(random() % 300);
      candidates.push_back(std::move(c));
    }
  }
};

TEST(Rerank, with_everything_at_once_keeps_every_promise_and_does_not_depend_on_the_order_given) {
  World world;
  const RerankContext context{.seeds = std::span(world.candidates).first(2),
                              .query = world.query,
                              .factors = {},
                              .hub_sample = world.rows.values()};
  const std::vector<Candidate> seeds(context.seeds.begin(), context.seeds.end());
  const RerankSettings settings{.count = 15,
                                .min_score = 0.05F,
                                .diversity = 0.3,
                                .most_per_artist = 2,
                                .most_per_album = 3,
                                .without_seed_artists = true,
                                .duplicates = DuplicateRule{}};
  const std::vector<std::string> answer = ids(world.candidates, context, settings);
  EXPECT_LE(answer.size(), 15U);
  EXPECT_GE(answer.size(), 10U);
  EXPECT_EQ(std::set<std::string>(answer.begin(), answer.end()).size(), answer.size());
  for (const RankedCandidate& ranked : rerank(world.candidates, context, settings)) {
    EXPECT_GE(world.candidates[ranked.candidate].score, 0.05F);
    EXPECT_GE(ranked.score, 0);
    EXPECT_LE(ranked.score, 1);
  }
  std::mt19937 random(14);
  for (int round = 0; round < 5; ++round) {
    std::vector<Candidate> shuffled = world.candidates;
    std::shuffle(shuffled.begin(), shuffled.end(), random);
    EXPECT_EQ(ids(shuffled,
                  {.seeds = seeds, .query = world.query, .factors = {}, .hub_sample = world.rows.values()},
                  settings),
              answer);
  }
}

TEST(Rerank, hub_suppression_prefers_the_track_that_is_near_to_few) {
  // Both are equally near to the query; the hub is also near to everything else.
  const std::vector<float> query{1, 0, 0};
  const std::vector<float> hub{0.6F, 0.8F, 0};
  const std::vector<float> loner{0.6F, 0, 0.8F};
  const std::vector<float> sample{0, 1, 0, 0.1F, 0.99F, 0, 0, 0.99F, 0.1F, 0, 0.95F, -0.3F};
  std::vector<Candidate> candidates{candidate("hub", 0.6F), candidate("loner", 0.6F)};
  candidates[0].embedding = hub;
  candidates[1].embedding = loner;
  EXPECT_THAT(ids(candidates, {}, {}), ElementsAre("hub", "loner"));
  EXPECT_THAT(ids(candidates, {.query = query, .hub_sample = sample}, {}), ElementsAre("loner", "hub"));
}

TEST(Rerank, refuses_scores_that_are_no_numbers_and_dimensions_that_differ) {
  const std::vector<float> two{1, 0};
  const std::vector<float> three{1, 0, 0};
  EXPECT_THROW(ids({candidate("a", std::numeric_limits<float>::quiet_NaN())}, {}, {}), Error);
  std::vector<Candidate> candidates{candidate("a", 1), candidate("b", 1)};
  candidates[0].embedding = two;
  candidates[1].embedding = three;
  EXPECT_THROW(ids(candidates, {}, {}), Error);
  candidates[1].embedding = two;
  EXPECT_THROW(ids(candidates, {.factors = three}, {}), Error);
  EXPECT_THROW(ids(candidates, {.query = three, .hub_sample = three}, {}), Error);
  EXPECT_THROW(ids(candidates, {}, {.diversity = 2}), Error);
}

}  // namespace
}  // namespace resonance::ranking
