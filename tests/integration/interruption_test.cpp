// Stopped and killed at any moment: what is done is kept, and the next run goes on from there.
#include <algorithm>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "integration/library.h"
#include "support/signals.h"

namespace resonance::testing {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using ::testing::SizeIs;

class InterruptionTest : public LibraryTest {
 protected:
  [[nodiscard]] RunOptions here() const { return {.folder = folder_.path()}; }
};

class StopTest : public InterruptionTest, public ::testing::WithParamInterface<int> {};

TEST_P(StopTest, what_is_done_is_kept_and_can_be_searched_and_the_next_run_goes_on) {
  write_library(music(), 2);
  // In order of path: the six tracks, a line on standard error, hours of silence.
  write_text(music("p-bad.mp3"), "no music");
  write_sparse_wav(music("q-long.wav"), 4 * 3600, 8000);
  write_wav16(music("r-last.wav"), chord_track(7));
  RunningProgram first({"index", "music", "--jobs", "1", "--format", "json"}, here());
  ASSERT_TRUE(first.wait_for_error_text("p-bad.mp3"));
  first.send(GetParam());
  const ProgramRun stopped = first.wait();
  EXPECT_EQ(stopped.exit_status, 130) << stopped.errors;
  EXPECT_EQ(stopped.json().at("cancelled"), true);
  EXPECT_EQ(stopped.json().at("analysed"), 6);
  EXPECT_EQ(stopped.json().at("tracks"), 6);
  EXPECT_THAT(results_of({"--track", "drum-1.wav"}), SizeIs(5));

  fs::remove(music("q-long.wav"));
  const auto next = index(1);
  EXPECT_EQ(next.at("unchanged"), 6);
  EXPECT_EQ(next.at("analysed"), 1);
  EXPECT_EQ(next.at("tracks"), 7);
  EXPECT_EQ(next.at("cancelled"), false);
}

INSTANTIATE_TEST_SUITE_P(signals, StopTest, ::testing::Values(SIGINT, SIGTERM),
                         [](const auto& number) { return number.param == SIGINT ? "sigint" : "sigterm"; });

TEST_F(InterruptionTest, a_stopped_run_removes_no_track_that_it_has_not_looked_for) {
  write_library(music(), 1);
  (void)index();
  write_text(music("a-bad.mp3"), "no music");
  write_sparse_wav(music("b-long.wav"), 4 * 3600, 8000);
  fs::rename(music("chord-1.wav"), music("z-moved.wav"));
  RunningProgram first({"index", "music", "--jobs", "1", "--format", "json"}, here());
  ASSERT_TRUE(first.wait_for_error_text("a-bad.mp3"));
  first.send(SIGINT);
  const ProgramRun stopped = first.wait();
  EXPECT_EQ(stopped.exit_status, 130);
  EXPECT_EQ(stopped.json().at("removed"), 0);
  EXPECT_EQ(stopped.json().at("tracks"), 3);
  fs::remove(music("b-long.wav"));
  const auto next = index(1);
  EXPECT_EQ(stopped.json().at("moved").get<int>() + next.at("moved").get<int>(), 1);
  EXPECT_EQ(next.at("analysed"), 0);
  EXPECT_EQ(next.at("removed"), 0);
}

TEST_F(InterruptionTest, describe_and_query_and_embed_stop_as_well) {
  write_library(music(), 1);
  (void)index();
  write_sparse_wav(folder_ / "long.wav", 4 * 3600, 8000);
  for (const std::vector<std::string>& verb : {std::vector<std::string>{"describe", "long.wav"},
                                               {"query", "--audio", "long.wav"},
                                               {"embed", "long.wav", "--out", "vectors"},
                                               {"precompute", "long.wav"}}) {
    RunningProgram started(verb, here());
    std::this_thread::sleep_for(std::chrono::milliseconds(300));
    started.send(SIGINT);
    const ProgramRun stopped = started.wait();
    // A signal may come before the program is ready for it, and then ends it; nothing was lost either way.
    EXPECT_TRUE(stopped.exit_status == 130 || stopped.signal == SIGINT) << verb.front() << stopped.errors;
  }
}

TEST_F(InterruptionTest, killed_again_and_again_it_ends_with_the_catalog_of_an_undisturbed_run) {
  write_library(music(), 8);
  const auto start = std::chrono::steady_clock::now();
  (void)index(0, {"--catalog", "undisturbed"});
  const auto undisturbed = std::chrono::steady_clock::now() - start;

  std::mt19937 generator(20240501);
  for (int kill = 0; kill < 10; ++kill) {
    RunningProgram victim({"index", "music", "--jobs", "1", "--quiet"}, here());
    std::this_thread::sleep_for(undisturbed * (generator() % 1000) / 2500);
    victim.send(SIGKILL);
    (void)victim.wait();
    // Before the first track there is nothing to search; afterwards never anything worse.
    const ProgramRun looked = run({"doctor"});
    EXPECT_THAT(looked.exit_status, ::testing::Le(1)) << looked.output;
    EXPECT_THAT(looked.output, ::testing::Not(HasSubstr("damaged")));
    const ProgramRun asked = run({"query", "--track", "chord-1.wav"});
    if (asked.exit_status != 0) expect_refusal(asked, 3, {"resonance index"});
  }
  EXPECT_EQ(index().at("tracks"), 24);
  EXPECT_EQ(index().at("unchanged"), 24);
  for (const char* name : {"chord-1.wav", "drum-4.wav", "noise-8.wav"}) {
    EXPECT_EQ(answer({"query", "--track", name}),
              answer({"query", "--track", name, "--catalog", "undisturbed"}));
  }
}

TEST_F(InterruptionTest, killed_while_it_publishes_it_leaves_the_old_snapshot_or_the_new_one) {
  write_library(music(), 3);
  (void)index();
  const auto healthy = answer({"query", "--track", "chord-1.wav"});
  const auto start = std::chrono::steady_clock::now();
  (void)answer({"index", "--rebuild"});
  const auto undisturbed = std::chrono::steady_clock::now() - start;
  std::mt19937 generator(20240502);
  for (int kill = 0; kill < 15; ++kill) {
    RunningProgram victim({"index", "--rebuild"}, here());
    std::this_thread::sleep_for(undisturbed * (generator() % 1000) / 1000);
    victim.send(SIGKILL);
    (void)victim.wait();
    EXPECT_EQ(answer({"query", "--track", "chord-1.wav"}), healthy);
  }
  (void)answer({"index", "--rebuild"});
  EXPECT_EQ(std::distance(fs::directory_iterator(catalog("snapshots")), fs::directory_iterator()), 2)
      << "what kills left behind is cleared away";
}

}  // namespace
}  // namespace resonance::testing
