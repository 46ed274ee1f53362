// A library changes: what is new, changed, moved, retagged, copied and deleted is noticed, and nothing else
// is done.
#include <filesystem>
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
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class IncrementalTest : public LibraryTest {
 protected:
  IncrementalTest() {
    write_library(music(), 2);
    (void)index();
  }

  [[nodiscard]] std::string id_of(const std::string& name) const {
    return answer({"query", "--track", name, "-k", "1"}).at("query").at("track_id");
  }
  static void expect_counts(const json& report, const json& expected) {
    for (const auto& [name, count] : expected.items()) EXPECT_EQ(report.at(name), count) << name;
  }
};

TEST_F(IncrementalTest, a_second_run_finds_nothing_to_do_and_leaves_the_snapshot_alone) {
  const fs::path before = fs::read_symlink(catalog("current"));
  expect_counts(index(), {{"tracks", 6}, {"analysed", 0}, {"unchanged", 6}, {"removed", 0}});
  EXPECT_EQ(fs::read_symlink(catalog("current")), before);
}

TEST_F(IncrementalTest, a_new_file_is_analysed_and_found) {
  write_wav16(music("drum-9.wav"), drum_track(9));
  expect_counts(index(), {{"tracks", 7}, {"analysed", 1}, {"unchanged", 6}});
  EXPECT_THAT(results_of({"--track", "drum-1.wav"}), Contains(EndsWith("/drum-9.wav")));
}

TEST_F(IncrementalTest, a_file_with_other_content_is_analysed_again) {
  write_wav16(music("chord-1.wav"), noise_track(7));
  expect_counts(index(), {{"tracks", 6}, {"analysed", 1}, {"unchanged", 5}, {"removed", 0}});
  EXPECT_EQ(kind_of(results_of({"--track", "music/chord-1.wav"}).front()), "noise");
}

TEST_F(IncrementalTest, a_touched_file_is_recognised_without_analysis) {
  fs::last_write_time(music("chord-1.wav"), fs::file_time_type::clock::now() + std::chrono::hours(1));
  expect_counts(index(), {{"tracks", 6}, {"analysed", 0}, {"retagged", 1}, {"unchanged", 5}});
  expect_counts(index(), {{"unchanged", 6}});
}

TEST_F(IncrementalTest, a_moved_file_keeps_its_id_and_is_not_analysed_again) {
  const std::string id = id_of("chord-1.wav");
  fs::create_directories(music("elsewhere"));
  fs::rename(music("chord-1.wav"), music("elsewhere/renamed.wav"));
  expect_counts(index(), {{"tracks", 6}, {"analysed", 0}, {"moved", 1}, {"removed", 0}});
  EXPECT_EQ(id_of("elsewhere/renamed.wav"), id);
}

TEST_F(IncrementalTest, two_files_that_exchange_their_names_are_found_by_what_they_are_now) {
  fs::rename(music("chord-1.wav"), music("x.wav"));
  fs::rename(music("drum-1.wav"), music("chord-1.wav"));
  fs::rename(music("x.wav"), music("drum-1.wav"));
  // Same size; a new time tells that something has happened.
  fs::last_write_time(music("chord-1.wav"), fs::file_time_type::clock::now() + std::chrono::hours(1));
  fs::last_write_time(music("drum-1.wav"), fs::file_time_type::clock::now() + std::chrono::hours(1));
  expect_counts(index(),
                {{"tracks", 6}, {"analysed", 0}, {"moved", 2}, {"removed", 0}, {"failed", json::array()}});
  EXPECT_EQ(kind_of(results_of({"--track", "chord-1.wav", "-k", "1"}).front()), "drum");
  EXPECT_EQ(kind_of(results_of({"--track", "drum-1.wav", "-k", "1"}).front()), "chord");
}

TEST_F(IncrementalTest, a_file_that_makes_room_for_another_is_recognised_at_its_new_place) {
  const std::string id = id_of("chord-1.wav");
  fs::rename(music("chord-1.wav"), music("chord-0.wav"));
  write_wav16(music("chord-1.wav"), noise_track(7));
  expect_counts(index(), {{"tracks", 7}, {"analysed", 1}, {"moved", 1}, {"removed", 0}});
  EXPECT_EQ(id_of("chord-0.wav"), id);
  EXPECT_EQ(kind_of(results_of({"--track", "music/chord-1.wav"}).front()), "noise");
}

TEST_F(IncrementalTest, a_moved_folder_costs_no_analysis) {
  fs::rename(music(), folder_ / "moved");
  fs::create_directories(music());
  expect_counts(answer({"index", "music", "moved"}), {{"tracks", 6}, {"analysed", 0}, {"moved", 6}});
}

TEST_F(IncrementalTest, a_retagged_file_has_its_new_tags_and_is_not_analysed_again) {
  if (!have_ffmpeg()) GTEST_SKIP() << "no ffmpeg program";
  ASSERT_TRUE(run_tool({"ffmpeg", "-y", "-i", music("chord-1.wav"), music("song.mp3")}));
  expect_counts(index(), {{"analysed", 1}});
  ASSERT_TRUE(run_tool({"ffmpeg", "-y", "-i", music("song.mp3"), "-c", "copy", "-metadata",
                        "title=Other name", "-metadata", "artist=Somebody", folder_ / "tagged.mp3"}));
  fs::rename(folder_ / "tagged.mp3", music("song.mp3"));
  expect_counts(index(), {{"tracks", 7}, {"analysed", 0}, {"retagged", 1}, {"unchanged", 6}});
  const json query = answer({"query", "--track", "song.mp3"}).at("query");
  EXPECT_EQ(query.at("title"), "Other name");
  EXPECT_EQ(query.at("artist"), "Somebody");
}

TEST_F(IncrementalTest, a_deleted_file_leaves_the_catalog) {
  fs::remove(music("chord-1.wav"));
  expect_counts(index(), {{"tracks", 5}, {"removed", 1}, {"unchanged", 5}});
  EXPECT_THAT(results_of({"--track", "chord-2.wav"}), SizeIs(4));
  expect_refusal(run({"query", "--track", "chord-1.wav"}), 3, {"chord-1.wav"});
}

TEST_F(IncrementalTest, a_copy_is_a_track_of_its_own_with_an_id_of_its_own) {
  fs::copy_file(music("chord-1.wav"), music("twin.wav"));
  expect_counts(index(), {{"tracks", 7}, {"unchanged", 6}});
  EXPECT_EQ(id_of("twin.wav"), id_of("chord-1.wav") + "-2");
  const json best = answer({"query", "--track", "twin.wav"}).at("results").at(0);
  EXPECT_THAT(best.at("path").get<std::string>(), EndsWith("/chord-1.wav"));
  EXPECT_NEAR(best.at("score").get<double>(), 1, 1e-4);
}

TEST_F(IncrementalTest, when_the_original_of_a_copy_goes_the_copy_stays) {
  fs::copy_file(music("chord-1.wav"), music("twin.wav"));
  (void)index();
  fs::remove(music("chord-1.wav"));
  expect_counts(index(), {{"tracks", 6}, {"removed", 1}, {"analysed", 0}});
  EXPECT_THAT(results_of({"--track", "twin.wav"}), SizeIs(5));
}

TEST_F(IncrementalTest, a_folder_that_is_suddenly_empty_keeps_its_tracks) {
  // As the mount point of a disk that is not mounted looks; all tracks were lost.
  fs::rename(music(), folder_ / "unmounted");
  fs::create_directories(music());
  const json report = index(1);
  expect_counts(report, {{"tracks", 6}, {"removed", 0}});
  EXPECT_THAT(report.at("failed").at(0).at("error").get<std::string>(), HasSubstr("--accept-empty"));
  EXPECT_THAT(results_of({"--track", "chord-1.wav"}), SizeIs(5));
  fs::remove(music());
  fs::rename(folder_ / "unmounted", music());
  expect_counts(index(), {{"tracks", 6}, {"analysed", 0}, {"unchanged", 6}});
}

TEST_F(IncrementalTest, an_empty_library_is_an_empty_catalog_and_fills_again) {
  for (const auto& entry : fs::directory_iterator(music())) fs::remove(entry.path());
  expect_counts(index(0, {"--accept-empty"}), {{"tracks", 0}, {"removed", 6}});
  expect_refusal(run({"query", "--track", "chord-1.wav"}), 3, {"resonance index DIR"});
  write_library(music(), 1);
  expect_counts(index(), {{"tracks", 3}, {"analysed", 3}});
  EXPECT_THAT(results_of({"--track", "chord-1.wav"}), SizeIs(2));
}

TEST_F(IncrementalTest, tracks_of_another_root_stay_and_are_found) {
  write_library(folder_ / "more", 1);
  fs::remove(folder_ / "more/noise-1.wav");
  fs::remove(folder_ / "more/drum-1.wav");
  write_wav16(folder_ / "more/chord-1.wav", chord_track(5));
  expect_counts(answer({"index", "more"}),
                {{"tracks", 7}, {"analysed", 1}, {"unchanged", 0}, {"removed", 0}});
  EXPECT_THAT(results_of({"--track", "more/chord-1.wav"}), SizeIs(6));
  expect_counts(answer({"index", "more", "music"}), {{"tracks", 7}, {"analysed", 0}, {"unchanged", 7}});
  fs::remove(folder_ / "more/chord-1.wav");
  expect_counts(answer({"index", "music"}), {{"tracks", 7}, {"removed", 0}});
}

TEST_F(IncrementalTest, overlapping_roots_count_a_file_once) {
  expect_counts(answer({"index", "music", "music/", "music/chord-1.wav", "."}),
                {{"tracks", 6}, {"analysed", 0}, {"unchanged", 6}});
}

TEST_F(IncrementalTest, a_root_that_has_vanished_is_an_error_and_loses_nothing) {
  fs::rename(music(), folder_ / "unplugged");
  expect_refusal(run({"index", "music"}), 3, {"music"});
  EXPECT_THAT(results_of({"--track", "chord-1.wav"}), SizeIs(5));
  fs::rename(folder_ / "unplugged", music());
  expect_counts(index(), {{"tracks", 6}, {"unchanged", 6}, {"analysed", 0}});
}

TEST_F(IncrementalTest, the_answers_after_many_changes_are_those_of_a_fresh_catalog) {
  fs::remove(music("chord-1.wav"));
  (void)index();
  write_wav16(music("chord-3.wav"), chord_track(3));
  write_wav16(music("drum-2.wav"), drum_track(8));
  (void)index();
  (void)index(0, {"--rebuild"});
  (void)index(0, {"--catalog", "fresh"});
  for (const char* name : {"chord-2.wav", "drum-2.wav", "noise-1.wav"}) {
    const json ours = answer({"query", "--track", name}).at("results");
    const json fresh = answer({"query", "--track", name, "--catalog", "fresh"}).at("results");
    ASSERT_EQ(ours.size(), fresh.size());
    for (std::size_t i = 0; i < ours.size(); ++i) {
      EXPECT_EQ(ours.at(i).at("path"), fresh.at(i).at("path"));
      EXPECT_NEAR(ours.at(i).at("score").get<double>(), fresh.at(i).at("score").get<double>(), 1e-3);
    }
  }
}

TEST_F(IncrementalTest, rebuild_needs_no_folder_and_changes_no_answer) {
  const auto before = all_answers();
  fs::remove_all(music());
  expect_counts(answer({"index", "--rebuild"}), {{"tracks", 6}, {"analysed", 0}, {"removed", 0}});
  EXPECT_EQ(all_answers(), before);
}

TEST_F(IncrementalTest, a_library_found_through_a_link_is_the_same_library) {
  fs::create_directory_symlink("music", folder_ / "link");
  expect_counts(answer({"index", "link"}), {{"tracks", 6}, {"analysed", 0}, {"unchanged", 6}});
}

TEST_F(IncrementalTest, old_snapshots_are_cleared_away) {
  for (int change = 0; change < 3; ++change) {
    write_wav16(music("changing.wav"), chord_track(6 + change));
    (void)index();
  }
  EXPECT_EQ(std::distance(fs::directory_iterator(catalog("snapshots")), fs::directory_iterator()), 2)
      << "the current one and the one before";
  for (const auto& entry : fs::recursive_directory_iterator(catalog())) {
    EXPECT_EQ(entry.path().string().find(".tmp"), std::string::npos) << entry.path();
  }
}

TEST_F(IncrementalTest, a_failure_is_remembered_until_the_file_changes_or_a_retry_is_asked_for) {
  write_text(music("bad.mp3"), "not music at all");
  EXPECT_THAT(names_in(index(1).at("failed")), Contains("bad.mp3"));
  const json again = index(1);
  EXPECT_THAT(names_in(again.at("failed")), Contains("bad.mp3"));
  expect_counts(again, {{"tracks", 6}, {"analysed", 0}, {"unchanged", 6}});
  EXPECT_THAT(names_in(index(1, {"--retry-failed"}).at("failed")), Contains("bad.mp3"));
  write_wav16(music("bad.mp3"), chord_track(4));  // a WAV by another name is still music
  expect_counts(index(), {{"tracks", 7}, {"analysed", 1}, {"failed", json::array()}});
}

TEST_F(IncrementalTest, a_failed_file_that_is_deleted_is_forgotten) {
  write_text(music("bad.mp3"), "not music at all");
  (void)index(1);
  fs::remove(music("bad.mp3"));
  EXPECT_THAT(index().at("failed"), IsEmpty());
}

TEST_F(IncrementalTest, a_track_that_breaks_is_listed_and_comes_back_when_it_is_repaired) {
  const std::string good = read_text(music("chord-1.wav"));
  write_text(music("chord-1.wav"), "broken");
  EXPECT_THAT(names_in(index(1).at("failed")), Contains("chord-1.wav"));
  write_text(music("chord-1.wav"), good);
  const json report = index();
  expect_counts(report, {{"tracks", 6}, {"failed", json::array()}});
  EXPECT_THAT(results_of({"--track", "chord-1.wav"}), SizeIs(5));
}

}  // namespace
}  // namespace resonance::testing
