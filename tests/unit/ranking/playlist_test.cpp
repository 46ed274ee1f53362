#include "resonance/ranking/playlist.h"

#include "resonance/core/error.h"
#include "resonance/ranking/vector_math.h"

#include <map>
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
using ::testing::HasSubstr;
using ::testing::IsEmpty;

// A seed and random tracks of a few artists, tempi and energies, 200 s each.
struct Library {
  Matrix rows = random_unit_rows(150, 16, 41);
  std::vector<Candidate> tracks;

  Library() {
    std::mt19937 random(42);
    for (std::size_t i = 0; i < rows.rows(); ++i) {
      Candidate track;
      track.id = "t" + std::to_string(i);
      track.embedding = rows.row(i);
      track.score = static_cast<float>(inner_product(rows.row(0), rows.row(i)));
      track.facts.tags.artist = "artist " + std::to_string(random() % 20);
      Description& about = track.facts.description;
      about.duration_s = 200;
      about.tempo_bpm = static_cast<float>(80 + random() % 80);
      about.tempo_confidence = random() % 5 == 0 ? 0.1F : 0.9F;
      about.energy = static_cast<float>(random() % 100) / 100;
      tracks.push_back(track);
    }
    tracks[0].facts.description.tempo_bpm = 100;
    tracks[0].facts.description.tempo_confidence = 1;
    tracks[0].facts.description.energy = 0.8F;
  }
  [[nodiscard]] std::span<const Candidate> seeds() const { return std::span(tracks).first(1); }
  [[nodiscard]] Playlist make(const PlaylistSettings& settings) const {
    return make_playlist(tracks, {.seeds = seeds()}, settings);
  }
  // Position 0 is the seed, the others are shifted by it.
  [[nodiscard]] const Candidate& at(std::size_t position) const {
    return position == 0 ? tracks[0] : tracks[position - 1];
  }
};

TEST(MakePlaylist, begins_with_the_seed_and_repeats_nothing) {
  const Library library;
  const Playlist playlist = library.make({.length = 25});
  ASSERT_EQ(playlist.tracks.size(), 25U);
  EXPECT_EQ(playlist.tracks.front(), 0U);
  EXPECT_EQ(playlist.duration_s, 25 * 200);
  EXPECT_EQ(playlist.note, "");
  std::set<std::string> ids;
  std::map<std::string, int> artists;
  for (const std::size_t position : playlist.tracks) {
    ids.insert(library.at(position).id);
    ++artists[library.at(position).facts.tags.artist];
  }
  EXPECT_EQ(ids.size(), 25U);
  for (const auto& [artist, count] : artists) EXPECT_LE(count, 2) << artist;
  EXPECT_EQ(library.make({.length = 25}).tracks, playlist.tracks);
}

TEST(MakePlaylist, its_order_flows_better_than_that_of_the_ranking) {
  const Library library;
  const auto cost_of = [&](const Playlist& playlist) {
    std::vector<Candidate> tracks;
    for (const std::size_t position : playlist.tracks) tracks.push_back(library.at(position));
    const FlowCost cost(tracks, {});
    double sum = 0;
    for (std::size_t i = 1; i < tracks.size(); ++i) sum += cost(i - 1, i);
    return sum;
  };
  const Playlist ranked = library.make({.length = 20, .in_flowing_order = false});
  const Playlist flowing = library.make({.length = 20});
  EXPECT_TRUE(std::is_permutation(ranked.tracks.begin(), ranked.tracks.end(), flowing.tracks.begin()));
  EXPECT_LT(cost_of(flowing), 0.85 * cost_of(ranked));
}

TEST(MakePlaylist, in_a_direction_never_turns_back) {
  const Library library;
  const Playlist faster = library.make({.length = 20, .flow = {.tempo = Direction::up}});
  ASSERT_GT(faster.tracks.size(), 10U);
  for (std::size_t i = 1; i < faster.tracks.size(); ++i) {
    EXPECT_GE(library.at(faster.tracks[i]).facts.description.tempo_bpm * 1.041F,
              library.at(faster.tracks[i - 1]).facts.description.tempo_bpm);
  }
  const Playlist calmer = library.make({.length = 20, .flow = {.energy = Direction::down}});
  ASSERT_GT(calmer.tracks.size(), 10U);
  for (std::size_t i = 1; i < calmer.tracks.size(); ++i) {
    EXPECT_LE(library.at(calmer.tracks[i]).facts.description.energy,
              library.at(calmer.tracks[i - 1]).facts.description.energy + 0.0501F);
  }
}

TEST(MakePlaylist, of_a_duration_comes_as_near_as_whole_tracks_allow) {
  const Library library;
  EXPECT_EQ(library.make({.duration_s = 3600}).tracks.size(), 18U);
  EXPECT_EQ(library.make({.duration_s = 700}).tracks.size(), 3U);
  EXPECT_EQ(library.make({.duration_s = 701}).tracks.size(), 4U);
  EXPECT_THROW((void)library.make({.duration_s = 0}), Error);
  EXPECT_THROW((void)library.make({.duration_s = -5}), Error);
}

TEST(MakePlaylist, without_seeds_in_it_begins_with_the_best) {
  const Library library;
  const Playlist playlist = library.make({.length = 5, .with_seeds = false});
  EXPECT_EQ(playlist.tracks.size(), 5U);
  for (const std::size_t position : playlist.tracks) {
    EXPECT_NE(position, 0U);
    EXPECT_NE(library.at(position).id, "t0");
  }
  const Playlist unseeded = make_playlist(library.tracks, {}, {.length = 5});
  EXPECT_EQ(library.tracks[unseeded.tracks.front()].id, "t0");  // the most similar to the query
}

TEST(MakePlaylist, says_why_it_is_shorter_than_asked) {
  const Library library;
  const std::span<const Candidate> few = std::span(library.tracks).first(4);
  const Playlist playlist = make_playlist(few, {.seeds = library.seeds()}, {.length = 20});
  EXPECT_EQ(playlist.tracks.size(), 4U);
  EXPECT_THAT(playlist.note, HasSubstr("only 4 of 20 tracks"));
  EXPECT_THAT(make_playlist(few, {.seeds = library.seeds()}, {.duration_s = 7200}).note,
              HasSubstr("only 13 of 120 minutes"));
  EXPECT_THAT(make_playlist({}, {}, {.length = 3}).tracks, IsEmpty());
  EXPECT_THAT(make_playlist({}, {.seeds = library.seeds()}, {.length = 3}).tracks, ElementsAre(0));
  EXPECT_EQ(make_playlist({}, {.seeds = library.seeds()}, {.length = 0}).note, "");
}

TEST(MakePlaylist, a_seed_given_twice_is_there_once) {
  const Library library;
  const std::vector<Candidate> twice{library.tracks[0], library.tracks[0]};
  EXPECT_THAT(make_playlist({}, {.seeds = twice}, {.length = 5}).tracks, ElementsAre(0));
}

}  // namespace
}  // namespace resonance::ranking
