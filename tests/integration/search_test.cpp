// Questions beyond the plain one, playlists and paths.
#include <algorithm>
#include <filesystem>
#include <set>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "integration/library.h"
#include "support/signals.h"

namespace resonance::testing {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using ::testing::Contains;
using ::testing::Each;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

class SearchTest : public LibraryTest {
 protected:
  SearchTest() {
    write_library(music(), 4);
    (void)index(0, {"--model", "statistics"});
  }

  [[nodiscard]] std::vector<std::string> tracks_of(const std::vector<std::string>& arguments) const {
    const json list = answer(arguments);
    std::vector<std::string> names;
    for (const json& track : list.at("tracks")) {
      names.push_back(fs::path(track.at("path").get<std::string>()).filename().string());
    }
    return names;
  }
  [[nodiscard]] std::vector<std::string> kinds_of(const std::vector<std::string>& query) const {
    std::vector<std::string> kinds;
    for (const std::string& path : results_of(query)) kinds.push_back(kind_of(path));
    return kinds;
  }
};

TEST_F(SearchTest, two_seeds_find_what_is_like_both_and_leave_both_out) {
  const auto found = results_of({"--track", "chord-1.wav", "--track", "drum-1.wav", "-k", "6"});
  ASSERT_THAT(found, SizeIs(6));
  EXPECT_THAT(found, Each(Not(EndsWith("/chord-1.wav"))));
  EXPECT_THAT(found, Each(Not(EndsWith("/drum-1.wav"))));
  std::set<std::string> kinds;
  for (const std::string& path : found) kinds.insert(kind_of(path));
  EXPECT_EQ(kinds, (std::set<std::string>{"chord", "drum"}));
}

TEST_F(SearchTest, a_weight_belongs_to_the_seed_before_it) {
  const auto query = answer({"query", "--track", "chord-1.wav", "--track", "drum-1.wav", "--weight", "20"});
  EXPECT_EQ(query.at("query").at("seeds").at(0).at("weight"), 1);
  EXPECT_EQ(query.at("query").at("seeds").at(1).at("weight"), 20);
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(kind_of(query.at("results").at(i).at("path").get<std::string>()), "drum");
  }
  expect_refusal(run({"query", "--weight", "2", "--track", "chord-1.wav"}), 2, {"--weight"});
}

TEST_F(SearchTest, what_is_subtracted_comes_last) {
  const auto kinds = kinds_of({"--track", "chord-1.wav", "--minus", "noise-1.wav"});
  ASSERT_THAT(kinds, SizeIs(10));
  EXPECT_EQ(kinds.front(), "chord");
  EXPECT_EQ(kinds.back(), "noise");
  write_wav16(folder_ / "other.wav", drum_track(9));
  EXPECT_EQ(kinds_of({"--track", "chord-1.wav", "--minus", "other.wav"}).back(), "drum");
  expect_refusal(run({"query", "--minus", "chord-1.wav"}), 2, {"at least one track"});
  expect_refusal(run({"query", "--track", "chord-1.wav", "--minus", "chord-1.wav"}), 2, {"cancel"});
}

TEST_F(SearchTest, a_track_and_a_file_are_searched_with_together) {
  write_wav16(folder_ / "other.wav", drum_track(9));
  const auto query = answer({"query", "--track", "drum-1.wav", "--audio", "other.wav", "-k", "3"});
  EXPECT_THAT(query.at("query").at("seeds"), SizeIs(2));
  for (const json& result : query.at("results")) EXPECT_EQ(kind_of(result.at("path")), "drum");
}

TEST_F(SearchTest, weights_of_modalities_make_the_score_that_of_what_counts) {
  const auto query = answer({"query", "--track", "chord-1.wav", "--timbre", "0", "--rhythm", "0"});
  for (const json& result : query.at("results")) {
    EXPECT_NEAR(result.at("score").get<double>(), result.at("harmony").get<double>(), 1e-3);
  }
  EXPECT_EQ(answer({"query", "--track", "chord-1.wav", "--timbre", "2", "--harmony", "2", "--rhythm", "2"})
                .at("results")
                .at(0)
                .at("path"),
            answer({"query", "--track", "chord-1.wav"}).at("results").at(0).at("path"));
  expect_refusal(run({"query", "--track", "chord-1.wav", "--timbre", "0", "--harmony", "0", "--rhythm", "0"}),
                 2, {"above 0"});
  expect_refusal(run({"query", "--track", "chord-1.wav", "--timbre", "-1"}), 2, {"--timbre"});
}

TEST_F(SearchTest, feedback_expansion_and_reranking_keep_the_kind_first) {
  const std::vector<std::vector<std::string>> ways{
      {"--prf", "2"}, {"--alpha", "3"}, {"--prf", "3", "--alpha", "1"}, {"--rerank", "mmr"}, {"--no-hubs"}};
  for (std::vector<std::string> arguments : ways) {
    arguments.insert(arguments.begin(), {"--track", "drum-2.wav", "-k", "11"});
    const auto kinds = kinds_of(arguments);
    ASSERT_THAT(kinds, SizeIs(11)) << arguments.back();
    EXPECT_EQ(kinds.front(), "drum") << arguments.back();
  }
}

TEST_F(SearchTest, all_diversity_changes_kind_at_every_step) {
  const auto kinds = kinds_of({"--track", "drum-1.wav", "--rerank", "mmr", "--lambda-div", "1", "-k", "3"});
  EXPECT_EQ(std::set<std::string>(kinds.begin(), kinds.end()).size(), 3U);
}

TEST_F(SearchTest, a_filter_is_part_of_the_search_and_not_of_what_is_left_of_it) {
  fs::create_directories(music("far"));
  for (int i = 5; i < 8; ++i) {
    write_wav16(music("far/noise-" + std::to_string(i) + ".wav"), noise_track(i, 6));
  }
  (void)index();
  const auto far = results_of({"--track", "chord-1.wav", "-k", "3", "--filter", "folder=music/far"});
  ASSERT_THAT(far, SizeIs(3)) << "though they are the least like it";
  EXPECT_THAT(far, Each(HasSubstr("/far/")));
  EXPECT_THAT(results_of({"--track", "chord-1.wav", "--filter", "duration=5..7"}), SizeIs(3));
  EXPECT_THAT(results_of({"--track", "chord-1.wav", "--filter", "duration=5..7", "folder=music/none"}),
              IsEmpty());
  expect_refusal(run({"query", "--track", "chord-1.wav", "--filter", "gerne=jazz"}), 2, {"gerne", "genre"});
}

TEST_F(SearchTest, a_least_score_and_copies_are_left_out) {
  fs::copy_file(music("chord-1.wav"), music("twin.wav"));
  (void)index();
  EXPECT_THAT(results_of({"--track", "chord-1.wav"}), Contains(EndsWith("/twin.wav")));
  EXPECT_THAT(results_of({"--track", "chord-1.wav", "--no-duplicates"}),
              Not(Contains(EndsWith("/twin.wav"))));
  const json query = answer({"query", "--track", "chord-2.wav", "--min-score", "0.2"});
  for (const json& result : query.at("results")) {
    EXPECT_GE(result.at("score").get<double>(), 0.2);
  }
}

TEST_F(SearchTest, artists_are_capped_and_left_out) {
  if (!have_ffmpeg()) GTEST_SKIP() << "no ffmpeg program";
  for (int i = 1; i <= 4; ++i) {
    const std::string number = std::to_string(i);
    ASSERT_TRUE(run_tool({"ffmpeg", "-y", "-i", music("drum-" + number + ".wav"), "-metadata",
                          i < 4 ? "artist=Ann" : "artist=Bob", music("song-" + number + ".flac")}));
  }
  (void)index();
  const auto ann_and_bob = [&](std::vector<std::string> more) {
    more.insert(more.begin(), {"--track", "song-1.flac", "--filter", "artist=ann", "artist=bob"});
    return results_of(more);
  };
  EXPECT_THAT(ann_and_bob({}), SizeIs(3));
  EXPECT_THAT(ann_and_bob({"--max-per-artist", "1"}), SizeIs(2));
  const auto others = ann_and_bob({"--exclude-artist"});
  ASSERT_THAT(others, SizeIs(1));
  EXPECT_THAT(others.front(), EndsWith("/song-4.flac"));
}

TEST_F(SearchTest, the_same_question_has_the_same_answer_whatever_it_takes) {
  const std::vector<std::string> question{"query",       "--track",   "chord-1.wav", "--minus",
                                          "noise-2.wav", "--prf",     "3",           "--rerank",
                                          "mmr",         "--no-hubs", "--rhythm",    "2"};
  EXPECT_EQ(answer(question), answer(question));
}

TEST_F(SearchTest, a_playlist_begins_with_its_seed_and_repeats_nothing) {
  const auto list =
      tracks_of({"playlist", "--track", "chord-2.wav", "--length", "6", "--max-per-artist", "0"});
  ASSERT_THAT(list, SizeIs(6));
  EXPECT_EQ(list.front(), "chord-2.wav");
  EXPECT_EQ(std::set<std::string>(list.begin(), list.end()).size(), 6U);
  EXPECT_THAT(tracks_of({"playlist", "--track", "chord-2.wav", "--length", "3", "--without-seeds"}),
              Not(Contains("chord-2.wav")));
}

TEST_F(SearchTest, a_playlist_longer_than_the_catalog_is_what_there_is_and_says_so) {
  const json list = answer({"playlist", "--track", "chord-2.wav", "--length", "50"});
  EXPECT_THAT(list.at("tracks"), SizeIs(12));
  EXPECT_THAT(list.at("note").get<std::string>(), HasSubstr("12 of 50"));
}

TEST_F(SearchTest, playlists_are_written_in_the_form_that_their_name_says) {
  for (const auto& [name, sign] :
       {std::pair{"a.m3u8", "#EXTM3U"}, {"a.xspf", "<playlist"}, {"a.jspf", "\"playlist\""}}) {
    (void)answer(
        {"playlist", "--track", "drum-1.wav", "--length", "3", "--out", name, "--paths", "relative"});
    const std::string text = read_text(folder_ / name);
    EXPECT_THAT(text, HasSubstr(sign)) << name;
    EXPECT_THAT(text, HasSubstr("music/drum-1.wav")) << name;
    EXPECT_THAT(text, Not(HasSubstr(folder_.path().string()))) << name;
  }
  expect_refusal(run({"playlist", "--track", "drum-1.wav", "--out", "a.pls"}), 2, {"a.pls", ".m3u8"});
  expect_refusal(run({"playlist", "--track", "drum-1.wav", "--out", "none/a.m3u8"}), 3, {"none"});
}

TEST_F(SearchTest, a_path_has_both_ends_and_the_length_that_was_asked_for) {
  const auto path = tracks_of({"path", "chord-1.wav", "noise-1.wav", "--length", "5"});
  ASSERT_THAT(path, SizeIs(5));
  EXPECT_EQ(path.front(), "chord-1.wav");
  EXPECT_EQ(path.back(), "noise-1.wav");
  EXPECT_EQ(std::set<std::string>(path.begin(), path.end()).size(), 5U);
  expect_refusal(run({"path", "chord-1.wav", "chord-1.wav"}), 2, {"same"});
  expect_refusal(run({"path", "chord-1.wav"}), 2, {"to"});
}

TEST_F(SearchTest, a_path_may_begin_with_a_file_from_anywhere) {
  write_wav16(folder_ / "other.wav", drum_track(9));
  const auto path = tracks_of({"path", "other.wav", "noise-1.wav", "--length", "4"});
  ASSERT_THAT(path, SizeIs(4));
  EXPECT_EQ(path.front(), "other.wav");
}

}  // namespace
}  // namespace resonance::testing
