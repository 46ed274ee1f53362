#include "training/data/split.h"

#include "resonance/core/csv.h"

#include <algorithm>
#include <set>

#include <gtest/gtest.h>

namespace resonance::training {
namespace {

TrackInfo track(const std::string& id, const std::string& artist, const std::string& work,
                const std::string& repository) {
  TrackInfo info;
  info.id = id;
  info.labels = {{"artist", artist}, {"version_group", work}, {"repository", repository}};
  return info;
}

std::vector<TrackInfo> many_tracks(std::size_t count) {
  std::vector<TrackInfo> tracks;
  for (std::size_t i = 0; i < count; ++i) {
    tracks.push_back(track(std::to_string(i), std::to_string(i / 3), "", i % 10 == 0 ? "abroad" : "home"));
  }
  return tracks;
}

bool contains(const std::vector<std::size_t>& list, std::size_t value) {
  return std::find(list.begin(), list.end(), value) != list.end();
}

TEST(Split, an_artist_never_stands_on_two_sides) {
  const auto tracks = many_tracks(300);
  SplitConfig config;
  config.validation_share = 0.3;
  const Split split = split_tracks(tracks, config);
  EXPECT_GT(split.validation.size(), 50U);
  EXPECT_LT(split.validation.size(), 150U);
  EXPECT_EQ(split.training.size() + split.validation.size(), 300U);
  std::set<std::string> trained;
  for (const std::size_t i : split.training) trained.insert(tracks[i].labels.at("artist"));
  for (const std::size_t i : split.validation) EXPECT_FALSE(trained.contains(tracks[i].labels.at("artist")));
}

TEST(Split, groups_join_through_any_column_and_whatever_the_case) {
  const std::vector<TrackInfo> tracks = {track("a", "Miles  Davis", "", "x"),
                                         track("b", "miles davis", "so what", "x"),
                                         track("c", "Somebody", "So What", "x")};
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    SplitConfig config;
    config.validation_share = 0.5;
    config.seed = seed;
    const Split split = split_tracks(tracks, config);
    EXPECT_TRUE(split.training.empty() || split.validation.empty());
  }
}

TEST(Split, names_that_mean_nobody_join_nothing) {
  EXPECT_EQ(group_key("Various  Artists"), "");
  EXPECT_EQ(group_key("unknown"), "");
  EXPECT_EQ(group_key(" The Band "), "the band");
}

TEST(Split, a_held_out_source_takes_its_artists_out_of_training) {
  const auto tracks = many_tracks(100);
  SplitConfig config;
  config.holdout = {"abroad"};
  const Split split = split_tracks(tracks, config);
  EXPECT_EQ(split.holdout.size(), 10U);
  std::set<std::string> abroad;
  for (const std::size_t i : split.holdout) abroad.insert(tracks[i].labels.at("artist"));
  for (const std::size_t i : split.training) EXPECT_FALSE(abroad.contains(tracks[i].labels.at("artist")));
  for (const std::size_t i : split.validation) EXPECT_FALSE(abroad.contains(tracks[i].labels.at("artist")));
}

TEST(Split, a_groups_side_stays_when_the_set_grows) {
  const Split before = split_tracks(many_tracks(60), {});
  const Split after = split_tracks(many_tracks(240), {});
  for (const std::size_t i : before.validation) EXPECT_TRUE(contains(after.validation, i));
  for (const std::size_t i : before.training) EXPECT_TRUE(contains(after.training, i));
}

TEST(Split, what_is_held_out_can_be_read_as_a_manifest) {
  auto tracks = many_tracks(60);
  for (TrackInfo& info : tracks) info.path = "music/" + info.id + ", live.mp3";
  SplitConfig config;
  config.holdout = {"abroad"};
  config.validation_share = 0.3;
  const Split split = split_tracks(tracks, config);
  const CsvTable table = parse_csv(held_out_manifest(tracks, split), "held out");
  ASSERT_EQ(table.rows.size(), split.validation.size() + split.holdout.size());
  EXPECT_EQ(table.rows.front()[*table.column("file")], tracks[split.validation.front()].path);
  EXPECT_EQ(table.rows.front()[*table.column("side")], "validation");
  EXPECT_EQ(table.rows.back()[*table.column("side")], "holdout");
  EXPECT_EQ(table.rows.back()[*table.column("artist")], tracks[split.holdout.back()].labels.at("artist"));
}

}  // namespace
}  // namespace resonance::training
