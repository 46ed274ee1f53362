// The world around the program refuses: full disk, read-only folder, somebody else at work, nobody to read
// the answer.
#include <array>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <string>
#include <vector>

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "integration/library.h"
#include "integration/small_disk.h"
#include "support/signals.h"

namespace resonance::testing {
namespace {

namespace fs = std::filesystem;
using ::testing::AnyOf;
using ::testing::HasSubstr;
using ::testing::SizeIs;

constexpr std::size_t kMegabyte = std::size_t{1} << 20;

class EnvironmentTest : public LibraryTest {
 protected:
  /// Adds recordings that the catalog does not know.
  void write_more() const {
    for (int i = 0; i < 24; ++i) {
      write_wav16(music("more-" + std::to_string(10 + i) + ".wav"), noise_track(20 + i, 2));
    }
  }
  void expect_no_space(const ProgramRun& run) const {
    expect_refusal(run, 3, {});
    EXPECT_THAT(run.errors,
                AnyOf(HasSubstr("No space left"), HasSubstr("File too large"), HasSubstr("full")));
  }
};

TEST_F(EnvironmentTest, a_full_disk_ends_the_run_clearly_and_loses_nothing) {
  const SmallDisk disk(catalog(), 8 * kMegabyte);
  if (!disk.is_mounted()) GTEST_SKIP() << "only root can mount a small disk";
  write_library(music(), 1);
  EXPECT_EQ(index().at("tracks"), 3);
  const auto before = results_of({"--track", "chord-1.wav"});

  write_more();
  for (const std::size_t left : {400'000UL, 100'000UL, 20'000UL, 0UL}) {
    SCOPED_TRACE(left);
    disk.fill(left);
    expect_no_space(run({"index", "music", "--jobs", "1"}));
    EXPECT_THAT(results_of({"--track", "chord-1.wav", "-k", "2"}), SizeIs(2)) << "query works on a full disk";
    EXPECT_EQ(run({"doctor"}).signal, 0);
    disk.clear();
    EXPECT_THAT(results_of({"--track", "chord-1.wav", "-k", "2"}), SizeIs(2));
  }
  const auto report = index();
  EXPECT_EQ(report.at("tracks"), 27);
  EXPECT_GE(report.at("unchanged").get<int>(), 3) << "what was done is not done again";
  EXPECT_EQ(run({"doctor"}).exit_status, 0);
  EXPECT_THAT(before, SizeIs(2));
}

TEST_F(EnvironmentTest, a_disk_that_is_full_from_the_start_is_a_clear_error) {
  const SmallDisk disk(folder_ / "disk", kMegabyte);
  if (!disk.is_mounted()) GTEST_SKIP() << "only root can mount a small disk";
  write_library(music(), 1);
  disk.fill(0);
  expect_no_space(run({"index", "music", "--catalog", "disk/catalog"}));
  expect_no_space(run({"features", "music/chord-1.wav", "--out", "disk/f.npz"}));
  expect_no_space(run({"embed", "music/chord-1.wav", "--out", "disk/vectors"}));
  EXPECT_FALSE(fs::exists(folder_ / "disk/f.npz"));
}

TEST_F(EnvironmentTest, a_limit_on_file_sizes_is_a_clear_error_and_loses_nothing) {
  write_library(music(), 1);
  (void)index();
  write_more();
  const ProgramRun limited =
      run({"index", "music", "--jobs", "1"}, {.max_file_bytes = fs::file_size(catalog("tracks.db")) + 65536});
  expect_no_space(limited);
  EXPECT_THAT(results_of({"--track", "chord-1.wav", "-k", "2"}), SizeIs(2));
  EXPECT_EQ(index().at("tracks"), 27);
}

TEST_F(EnvironmentTest, a_read_only_folder_can_be_searched_and_index_says_why_it_cannot_write) {
  write_library(music(), 1);
  (void)index();
  for (const fs::path& place : {folder_.path(), music()}) {
    fs::permissions(place, fs::perms::others_read | fs::perms::others_exec, fs::perm_options::add);
  }
  for (const auto& entry : fs::recursive_directory_iterator(catalog())) {
    if (!entry.is_symlink()) fs::permissions(entry.path(), fs::perms::all & ~fs::perms(0222));
  }
  fs::permissions(catalog(), fs::perms(0555));
  const RunOptions nobody{.unprivileged = true};
  const ProgramRun asked = run({"query", "--track", "chord-1.wav", "--format", "json"}, nobody);
  EXPECT_EQ(asked.exit_status, 0) << asked.errors;
  EXPECT_THAT(asked.json().at("results"), SizeIs(2));
  EXPECT_EQ(run({"doctor"}, nobody).exit_status, 0);
  write_more();
  expect_refusal(run({"index", "music"}, nobody), 3, {"catalog", "Permission denied"});
  fs::permissions(catalog(), fs::perms(0755));
}

TEST_F(EnvironmentTest, a_read_only_disk_can_be_searched_and_index_says_why_it_cannot_write) {
  SmallDisk disk(catalog(), 8 * kMegabyte);
  if (!disk.is_mounted()) GTEST_SKIP() << "only root can mount a small disk";
  write_library(music(), 1);
  (void)index();
  ASSERT_TRUE(disk.make_read_only());
  EXPECT_THAT(results_of({"--track", "chord-1.wav"}), SizeIs(2));
  EXPECT_EQ(run({"doctor"}).exit_status, 0);
  expect_refusal(run({"index", "music"}), 3, {"catalog", "Read-only file system"});
}

class BusyCatalogTest : public EnvironmentTest {
 protected:
  /// Starts an index run that has put three tracks into the catalog and now listens for hours.
  std::unique_ptr<RunningProgram> start_long_run() {
    write_library(music(), 1);
    (void)index();
    write_text(music("p-bad.mp3"), "no music");
    write_sparse_wav(music("q-long.wav"), 4 * 3600, 8000);
    auto first = std::make_unique<RunningProgram>(std::vector<std::string>{"index", "music", "--jobs", "1"},
                                                  RunOptions{.folder = folder_.path()});
    EXPECT_TRUE(first->wait_for_error_text("p-bad.mp3"));
    return first;
  }
  static void finish(RunningProgram& first) {
    first.send(SIGINT);
    EXPECT_EQ(first.wait().exit_status, 130);
  }
};

TEST_F(BusyCatalogTest, a_second_index_is_told_who_is_at_work_and_does_no_harm) {
  const auto first = start_long_run();
  expect_refusal(run({"index", "music"}), 3, {"process " + std::to_string(first->process()), "catalog"});
  expect_refusal(run({"index", "--rebuild"}), 3, {"process " + std::to_string(first->process())});
  finish(*first);
  fs::remove(music("q-long.wav"));
  EXPECT_EQ(index(1).at("tracks"), 3);
}

TEST_F(BusyCatalogTest, queries_are_answered_while_an_index_run_is_at_work) {
  const auto first = start_long_run();
  EXPECT_THAT(results_of({"--track", "chord-1.wav"}), SizeIs(2));
  EXPECT_EQ(run({"doctor"}).exit_status, 0);
  finish(*first);
}

TEST_F(BusyCatalogTest, the_catalog_is_free_again_after_a_kill) {
  const auto first = start_long_run();
  first->send(SIGKILL);
  EXPECT_EQ(first->wait().signal, SIGKILL);
  fs::remove(music("q-long.wav"));
  EXPECT_EQ(index(1).at("tracks"), 3);
}

class OutputTest : public EnvironmentTest {
 protected:
  OutputTest() {
    write_library(music(), 4);
    (void)index();
  }
};

TEST_F(OutputTest, an_answer_that_cannot_be_written_is_an_error) {
  const int full = ::open("/dev/full", O_WRONLY | O_CLOEXEC);
  ASSERT_GE(full, 0);
  RunOptions options;
  options.standard_output = full;
  for (const char* format : {"json", "text"}) {
    const ProgramRun asked = run({"query", "--track", "chord-1.wav", "--format", format}, options);
    expect_refusal(asked, 3, {"standard output"});
    expect_refusal(run({"index", "music", "--format", format}, options), 3, {"standard output"});
    expect_refusal(run({"doctor", "--format", format}, options), 3, {"standard output"});
  }
  expect_refusal(run({"--help"}, options), 3, {"standard output"});
  expect_refusal(run({"index", "--help"}, options), 3, {"standard output"});
  ::close(full);
  EXPECT_EQ(index().at("unchanged"), 12);
}

TEST_F(OutputTest, a_reader_that_has_gone_does_no_harm) {
  std::array<int, 2> pipe{};
  ASSERT_EQ(::pipe2(pipe.data(), O_CLOEXEC), 0);
  ::close(pipe[0]);
  RunOptions options;
  options.standard_output = pipe[1];
  for (const char* format : {"json", "text"}) {
    const ProgramRun asked = run({"query", "--track", "chord-1.wav", "--format", format}, options);
    EXPECT_EQ(asked.signal, 0);
    EXPECT_EQ(asked.exit_status, 3);
    EXPECT_THAT(asked.errors, ::testing::Not(HasSubstr("this is a bug")));
  }
  EXPECT_EQ(run({"--help"}, options).signal, 0);
  ::close(pipe[1]);
}

}  // namespace
}  // namespace resonance::testing
