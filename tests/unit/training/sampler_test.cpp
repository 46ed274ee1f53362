#include "training/data/sampler.h"

#include "resonance/core/error.h"

#include <map>
#include <numeric>
#include <set>

#include <gtest/gtest.h>

namespace resonance::training {
namespace {

std::vector<TrackInfo> labelled_tracks(std::size_t count) {
  std::vector<TrackInfo> tracks(count);
  for (std::size_t i = 0; i < count; ++i) {
    tracks[i].labels = {{"genre", i % 10 == 0 ? "rare" : "common"}, {"work", i < 4 ? "one" : ""}};
  }
  return tracks;
}

std::vector<std::size_t> all_of(std::size_t count) {
  std::vector<std::size_t> indices(count);
  std::iota(indices.begin(), indices.end(), 0U);
  return indices;
}

std::map<std::size_t, int> counts_of(const std::vector<Example>& examples) {
  std::map<std::size_t, int> counts;
  for (const Example& example : examples) ++counts[example.track];
  return counts;
}

TEST(Sampler, a_batch_has_so_many_identities_with_so_many_views_each) {
  const Sampler sampler(labelled_tracks(50), all_of(50), {.identities = 8, .views = 3}, 1);
  const auto counts = counts_of(sampler.batch(0, 0));
  EXPECT_EQ(counts.size(), 8U);
  for (const auto& [track, count] : counts) EXPECT_EQ(count, 3);
}

TEST(Sampler, a_pass_shows_every_track_once) {
  const Sampler sampler(labelled_tracks(48), all_of(48), {.identities = 8, .views = 1}, 1);
  ASSERT_EQ(sampler.steps_per_pass(), 6U);
  std::set<std::size_t> seen;
  for (std::uint64_t step = 0; step < 6; ++step) {
    for (const Example& example : sampler.batch(3, step)) EXPECT_TRUE(seen.insert(example.track).second);
  }
  EXPECT_EQ(seen.size(), 48U);
}

TEST(Sampler, batches_follow_from_seed_epoch_and_step_alone) {
  const Sampler sampler(labelled_tracks(50), all_of(50), {.identities = 8, .views = 1}, 1);
  EXPECT_EQ(counts_of(sampler.batch(2, 3)), counts_of(sampler.batch(2, 3)));
  EXPECT_NE(counts_of(sampler.batch(2, 3)), counts_of(sampler.batch(2, 4)));
  EXPECT_NE(counts_of(sampler.batch(2, 3)), counts_of(sampler.batch(3, 3)));
}

TEST(Sampler, balance_shows_rare_labels_more_often) {
  const auto tracks = labelled_tracks(200);
  SamplerConfig config{.identities = 10, .views = 1};
  config.balance_by = "genre";
  config.balance_power = 1;
  const Sampler sampler(tracks, all_of(200), config, 1);
  int rare = 0;
  for (std::uint64_t epoch = 0; epoch < 100; ++epoch) {
    for (const Example& example : sampler.batch(epoch, 0)) rare += example.track % 10 == 0 ? 1 : 0;
  }
  EXPECT_NEAR(rare / 1000.0, 0.5, 0.07);
}

TEST(Sampler, versions_of_a_work_come_together_under_their_own_identities) {
  SamplerConfig config{.identities = 20, .views = 4};
  config.work_column = "work";
  config.version_share = 1;
  const Sampler sampler(labelled_tracks(20), all_of(20), config, 1);
  const auto examples = sampler.batch(0, 0);
  for (std::size_t i = 0; i < examples.size(); i += 4) {
    const bool of_work = examples[i].track < 4;
    EXPECT_EQ(examples[i].track, examples[i + 1].track);
    EXPECT_EQ(examples[i + 2].track != examples[i].track, of_work);
    EXPECT_EQ(examples[i + 2].identity, static_cast<std::int64_t>(examples[i + 2].track));
  }
}

TEST(Sampler, class_batches_hold_as_many_of_each_class) {
  SamplerConfig config{.identities = 15, .views = 1};
  config.class_column = "genre";
  config.classes = 2;
  const Sampler sampler(labelled_tracks(100), all_of(100), config, 1);
  std::map<std::int64_t, int> of_class;
  for (const Example& example : sampler.batch(0, 0)) ++of_class[example.identity];
  ASSERT_EQ(of_class.size(), 2U);
  for (const auto& [name, count] : of_class) EXPECT_EQ(count, 15);
}

TEST(Sampler, a_set_with_one_identity_is_refused) {
  EXPECT_THROW(Sampler(labelled_tracks(5), {2}, {}, 1), Error);
  SamplerConfig config;
  config.class_column = "mood";
  EXPECT_THROW(Sampler(labelled_tracks(5), all_of(5), config, 1), Error);
}

}  // namespace
}  // namespace resonance::training
