// Files of the catalog are damaged: the message says what to run, and what can be rebuilt is rebuilt without
// audio.
#include <filesystem>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "integration/library.h"

namespace resonance::testing {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using ::testing::SizeIs;

const std::vector<std::string> kQuestion{"query", "--track", "chord-1.wav"};

class DamagedCatalogTest : public LibraryTest {
 protected:
  DamagedCatalogTest() {
    write_library(music(), 2);
    (void)index();
    healthy_answer_ = answer(kQuestion);
    healthy_embeddings_ = read_text(catalog("embeddings.npy"));
  }

  /// The way back: no audio is left to listen to.
  void expect_rebuild_heals() {
    fs::rename(music(), folder_ / "away");
    EXPECT_EQ(answer({"index", "--rebuild"}).at("tracks"), 6);
    expect_health();
    fs::rename(folder_ / "away", music());
  }
  void expect_health() const {
    EXPECT_EQ(answer(kQuestion), healthy_answer_);
    EXPECT_EQ(read_text(catalog("embeddings.npy")), healthy_embeddings_);
    const ProgramRun looked = run({"doctor"});
    EXPECT_EQ(looked.exit_status, 0) << looked.output;
  }

  nlohmann::json healthy_answer_;
  std::string healthy_embeddings_;
};

class DamagedSnapshotTest : public DamagedCatalogTest, public ::testing::WithParamInterface<const char*> {
 protected:
  [[nodiscard]] fs::path file() const { return fs::canonical(catalog("current")) / GetParam(); }

  void expect_remedy_and_healing() {
    // A query may still answer, if it does not need the damaged file; if not, it says what to run.
    std::vector<std::string> question = kQuestion;
    question.insert(question.end(), {"--format", "json"});
    const ProgramRun asked = run(question);
    if (asked.exit_status == 0) {
      EXPECT_EQ(asked.json(), healthy_answer_) << "a damaged file must not change an answer";
    } else {
      expect_refusal(asked, 3, {"resonance index --rebuild"});
    }
    const ProgramRun looked = run({"doctor"});
    EXPECT_EQ(looked.exit_status, 1) << looked.output;
    EXPECT_THAT(looked.output, HasSubstr("--rebuild"));
    expect_rebuild_heals();
  }
};

TEST_P(DamagedSnapshotTest, a_damaged_file_is_noticed_and_heals_without_audio) {
  {
    SCOPED_TRACE("cut in half");
    truncate_to(file(), 0.5);
    expect_remedy_and_healing();
  }
  {
    SCOPED_TRACE("empty");
    truncate_to(file(), 0);
    expect_remedy_and_healing();
  }
  {
    SCOPED_TRACE("missing");
    fs::remove(file());
    expect_remedy_and_healing();
  }
}

TEST_P(DamagedSnapshotTest, a_single_bit_turned_over_is_noticed_by_doctor_and_heals_without_audio) {
  if (std::string(GetParam()) == "meta.json") GTEST_SKIP() << "a letter of a path may be any letter";
  flip_bits(file(), 1, fs::file_size(file()) / 2);
  const ProgramRun looked = run({"doctor"});
  EXPECT_EQ(looked.exit_status, 1) << looked.output;
  EXPECT_THAT(looked.output, HasSubstr("--rebuild"));
  expect_rebuild_heals();
}

INSTANTIATE_TEST_SUITE_P(every_file, DamagedSnapshotTest,
                         ::testing::Values("index.faiss", "embeddings.npy", "timbre.npy", "keys.npy",
                                           "codes.bin", "projection.bin", "meta.json"),
                         [](const auto& name) {
                           std::string text = name.param;
                           text[text.find('.')] = '_';
                           return text;
                         });

TEST_F(DamagedCatalogTest, an_ordinary_run_heals_a_damaged_snapshot) {
  truncate_to(catalog("embeddings.npy"), 0.3);
  const auto report = index();
  EXPECT_EQ(report.at("analysed"), 0);
  EXPECT_EQ(report.at("unchanged"), 6);
  expect_health();
}

TEST_F(DamagedCatalogTest, without_any_snapshot_query_says_what_to_run) {
  fs::remove_all(catalog("snapshots"));
  expect_refusal(run({"query", "--track", "chord-1.wav"}), 3, {"resonance index"});
  expect_rebuild_heals();
}

TEST_F(DamagedCatalogTest, a_missing_link_to_the_snapshot_heals) {
  fs::remove(catalog("current"));
  expect_refusal(run({"query", "--track", "chord-1.wav"}), 3, {"resonance index"});
  expect_rebuild_heals();
}

TEST_F(DamagedCatalogTest, a_stable_name_that_is_missing_comes_back) {
  fs::remove(catalog("index.faiss"));
  expect_rebuild_heals();
  EXPECT_GT(fs::file_size(catalog("index.faiss")), 0U);
}

class DamagedDatabaseTest : public DamagedCatalogTest {
 protected:
  void expect_every_verb_names_the_file() const {
    for (const std::vector<std::string>& verb : {std::vector<std::string>{"query", "--track", "chord-1.wav"},
                                                 {"index", "music"},
                                                 {"describe", "--track", "chord-1.wav"},
                                                 {"index", "--rebuild"}}) {
      expect_refusal(run(verb), 3, {"tracks.db"});
    }
    const ProgramRun looked = run({"doctor"});
    EXPECT_EQ(looked.exit_status, 1);
    EXPECT_THAT(looked.output, HasSubstr("tracks.db"));
  }
};

TEST_F(DamagedDatabaseTest, a_database_that_is_none_is_named) {
  write_text(catalog("tracks.db"), std::string(8192, 'x'));
  expect_every_verb_names_the_file();
}

TEST_F(DamagedDatabaseTest, a_database_of_another_program_is_not_touched) {
  const fs::path path = catalog("tracks.db");
  fs::remove(path);
  ASSERT_NO_FATAL_FAILURE(write_text(path, ""));
  const ProgramRun asked = run({"query", "--track", "chord-1.wav"});
  expect_refusal(asked, 3, {"tracks.db"});
}

TEST_F(DamagedDatabaseTest, a_truncated_database_ends_in_a_clear_error) {
  truncate_to(catalog("tracks.db"), 0.4);
  expect_refusal(run({"index", "music"}), 3, {"tracks.db"});
  const ProgramRun looked = run({"doctor"});
  EXPECT_EQ(looked.exit_status, 1) << looked.output;
}

TEST_F(DamagedDatabaseTest, pages_of_rubbish_never_crash_a_verb) {
  const std::string good = read_text(catalog("tracks.db"));
  for (std::size_t first = 0; first + 4096 <= good.size(); first += good.size() / 8 / 4096 * 4096) {
    std::string bad = good;
    bad.replace(first, 4096, std::string(4096, '\x5a'));
    write_text(catalog("tracks.db"), bad);
    for (const std::vector<std::string>& verb :
         {std::vector<std::string>{"query", "--track", "chord-1.wav"}, {"index", "--rebuild"}, {"doctor"}}) {
      const ProgramRun done = run(verb);
      EXPECT_EQ(done.signal, 0) << verb.front() << ", damage at " << first;
      EXPECT_THAT(done.errors, ::testing::Not(HasSubstr("this is a bug")));
    }
  }
}

}  // namespace
}  // namespace resonance::testing
