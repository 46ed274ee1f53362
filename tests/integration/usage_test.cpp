// Wrong requests: exit status 2 for what can never be right, 3 for what cannot be carried out, and what to do
// instead.
#include <filesystem>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sqlite3.h>

#include "integration/library.h"
#include "support/signals.h"

namespace resonance::testing {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using ::testing::MatchesRegex;

class UsageTest : public LibraryTest {
 protected:
  void make_catalog() {
    write_library(music(), 1);
    (void)index(0, {"--model", "statistics"});
  }
};

TEST_F(UsageTest, help_and_version_are_given) {
  EXPECT_EQ(run({"--help"}).exit_status, 0);
  const std::string help = run({"--help"}).output;
  for (const char* verb : {"index", "query", "precompute", "features", "embed", "describe", "doctor"}) {
    EXPECT_THAT(help, HasSubstr(verb));
    const ProgramRun asked = run({verb, "--help"});
    EXPECT_EQ(asked.exit_status, 0);
    EXPECT_THAT(asked.output, HasSubstr("Usage"));
  }
  const ProgramRun version = run({"--version"});
  EXPECT_EQ(version.exit_status, 0);
  EXPECT_THAT(version.output, MatchesRegex("[0-9]+\\.[0-9]+\\.[0-9]+.*\n"));
}

TEST_F(UsageTest, wrong_usage_is_status_2_and_names_what_is_wrong) {
  const struct {
    std::vector<std::string> arguments;
    std::string named;
  } cases[] = {
      {{}, "subcommand"},
      {{"sing"}, "sing"},
      {{"index"}, "DIR"},
      {{"index", "music", "--jobs", "-1"}, "--jobs"},
      {{"index", "music", "--jobs", "many"}, "--jobs"},
      {{"index", "music", "--format", "xml"}, "--format"},
      {{"index", "music", "--loud"}, "--loud"},
      {{"query"}, "--audio"},
      {{"query", "--track"}, "--track"},
      {{"query", "--track", "a", "--topk", "0"}, "--topk"},
      {{"query", "--track", "a", "--topk", "-5"}, "--topk"},
      {{"query", "--track", "a", "--topk", "99999999999999999999"}, "--topk"},
      {{"query", "a", "--track", "a"}, "a"},
      {{"describe"}, "--track"},
      {{"embed", "a.wav"}, "--out"},
      {{"embed", "--out", "x"}, "path"},
      {{"features", "a.wav"}, "--out"},
      {{"features", "--out", "x.npz"}, "path"},
      {{"precompute"}, "folders"},
  };
  for (const auto& wrong : cases) {
    const ProgramRun done = run(wrong.arguments);
    SCOPED_TRACE(::testing::PrintToString(wrong.arguments));
    expect_refusal(done, 2, {wrong.named});
    EXPECT_EQ(done.output, "") << "standard output is for answers";
  }
  EXPECT_FALSE(fs::exists(catalog())) << "a wrong request leaves nothing behind";
}

TEST_F(UsageTest, what_does_not_exist_is_status_3_and_named) {
  make_catalog();
  expect_refusal(run({"index", "nowhere"}), 3, {"nowhere", "No such file"});
  expect_refusal(run({"index", "music", "nowhere"}), 3, {"nowhere"});
  expect_refusal(run({"query", "--audio", "nowhere.wav"}), 3, {"nowhere.wav"});
  expect_refusal(run({"query", "--track", "nowhere.wav"}), 3, {"nowhere.wav", "--audio"});
  expect_refusal(run({"query", "--track", "0123456789abcdef"}), 3, {"0123456789abcdef"});
  expect_refusal(run({"describe", "nowhere.wav"}), 3, {"nowhere.wav"});
  expect_refusal(run({"describe", "--track", "nowhere.wav"}), 3, {"nowhere.wav"});
  expect_refusal(run({"features", "nowhere.wav", "--out", "x.npz"}), 3, {"nowhere.wav"});
  expect_refusal(run({"features", "music/chord-1.wav", "--out", "no/where/x.npz"}), 3, {"no/where"});
  expect_refusal(run({"precompute", "nowhere"}), 3, {"nowhere"});
}

TEST_F(UsageTest, without_a_catalog_the_message_says_how_to_make_one) {
  write_library(music(), 1);
  for (const std::vector<std::string>& verb :
       {std::vector<std::string>{"query", "--track", "chord-1.wav"},
        {"query", "--audio", "music/chord-1.wav"},
        {"describe", "--track", "chord-1.wav"},
        {"embed", "music/chord-1.wav", "--out", "x", "--catalog", "catalog"}}) {
    expect_refusal(run(verb), 3, {"catalog", "resonance index DIR"});
  }
  EXPECT_FALSE(fs::exists(catalog())) << "asking makes no catalog";
  EXPECT_EQ(run({"doctor"}).exit_status, 0) << "nothing is wrong with a machine without a catalog";
}

TEST_F(UsageTest, an_empty_catalog_says_how_to_fill_it) {
  EXPECT_EQ(index().at("tracks"), 0);
  expect_refusal(run({"query", "--track", "chord-1.wav"}), 3, {"no track", "resonance index DIR"});
  EXPECT_EQ(answer({"index", "--rebuild"}).at("tracks"), 0);
  EXPECT_EQ(run({"doctor"}).exit_status, 0);
}

TEST_F(UsageTest, the_catalog_is_a_file_of_the_user) {
  write_library(music(), 1);
  write_text(folder_ / "notes.txt", "mine");
  expect_refusal(run({"index", "music", "--catalog", "notes.txt"}), 3, {"notes.txt"});
  expect_refusal(run({"query", "--track", "x", "--catalog", "notes.txt"}), 3, {"notes.txt"});
  EXPECT_EQ(read_text(folder_ / "notes.txt"), "mine");
}

TEST_F(UsageTest, an_end_of_a_path_that_fits_several_tracks_is_refused_with_their_names) {
  for (const char* album : {"first", "second"}) {
    fs::create_directories(music(album));
    write_wav16(music(fs::path(album) / "intro.wav"), chord_track(album[0] == 'f' ? 1 : 2));
  }
  (void)index();
  expect_refusal(run({"query", "--track", "intro.wav"}), 2, {"first/intro.wav", "second/intro.wav"});
  EXPECT_EQ(run({"query", "--track", "first/intro.wav"}).exit_status, 0);
}

TEST_F(UsageTest, a_catalog_of_another_model_is_refused_with_the_way_on) {
  make_catalog();
  for (const char* setting : {"model_version", "feature_version"}) {
    sqlite3* database = nullptr;
    ASSERT_EQ(sqlite3_open(catalog("tracks.db").c_str(), &database), SQLITE_OK);
    const std::string change =
        std::string("UPDATE settings SET value = value + 41 WHERE name = '") + setting + "'";
    ASSERT_EQ(sqlite3_exec(database, change.c_str(), nullptr, nullptr, nullptr), SQLITE_OK);
    ASSERT_EQ(sqlite3_changes(database), 1);
    sqlite3_close(database);
    for (const std::vector<std::string>& verb :
         {std::vector<std::string>{"query", "--track", "chord-1.wav"}, {"index", "music"}}) {
      expect_refusal(run(verb), 3, {"catalog", "version", "--catalog"});
    }
    const ProgramRun looked = run({"doctor"});
    EXPECT_EQ(looked.exit_status, 1);
    EXPECT_THAT(looked.output, HasSubstr("--catalog"));
  }
}

TEST_F(UsageTest, a_catalog_of_a_newer_program_is_refused) {
  make_catalog();
  sqlite3* database = nullptr;
  ASSERT_EQ(sqlite3_open(catalog("tracks.db").c_str(), &database), SQLITE_OK);
  ASSERT_EQ(sqlite3_exec(database, "PRAGMA user_version = 1000", nullptr, nullptr, nullptr), SQLITE_OK);
  sqlite3_close(database);
  expect_refusal(run({"query", "--track", "chord-1.wav"}), 3, {"tracks.db", "newer"});
  expect_refusal(run({"index", "music"}), 3, {"tracks.db", "newer"});
}

}  // namespace
}  // namespace resonance::testing
