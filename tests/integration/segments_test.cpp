// Where in it: segments from the command line, on recordings that share a passage.
#include <algorithm>
#include <cmath>
#include <filesystem>
#include <random>
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
using ::testing::AllOf;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr int kRate = 44100;

/// A tune of its own: chords of three tones that change, and noise in a beat, all by `variant`.
std::vector<float> tune(std::uint32_t variant, double duration_s) {
  std::mt19937 random(variant);
  std::vector<float> samples(static_cast<std::size_t>(duration_s * kRate));
  std::uniform_real_distribution<float> unit(0, 1);
  const double chord_s = 0.3 + 0.5 * unit(random);
  const double beat_s = 0.25 + 0.35 * unit(random);
  const double decay = 4 + 30 * unit(random);
  std::vector<double> tones(3);
  for (std::size_t i = 0; i < samples.size(); ++i) {
    const double t = static_cast<double>(i) / kRate;
    if (i % static_cast<std::size_t>(chord_s * kRate) == 0) {
      for (double& tone : tones) tone = 110 * std::exp2(static_cast<double>(random() % 36) / 12);
    }
    double value = 0;
    for (const double tone : tones) value += 0.12 * std::sin(2 * M_PI * tone * t);
    value += 0.4 * (unit(random) - 0.5) * std::exp(-decay * std::fmod(t, beat_s));
    samples[i] = static_cast<float>(value);
  }
  return samples;
}

std::vector<float> part_of(const std::vector<float>& samples, double from_s, double to_s) {
  return {samples.begin() + static_cast<std::ptrdiff_t>(from_s * kRate),
          samples.begin() + static_cast<std::ptrdiff_t>(to_s * kRate)};
}

/// `samples` with `passage` from `at_s` on.
std::vector<float> with_passage(std::vector<float> samples, const std::vector<float>& passage, double at_s) {
  std::copy(passage.begin(), passage.end(), samples.begin() + static_cast<std::ptrdiff_t>(at_s * kRate));
  return samples;
}

constexpr double kInFirst = 21.7;  // where the shared passage begins
constexpr double kInSecond = 7.3;
constexpr double kShared = 20;  // seconds

class SegmentsTest : public LibraryTest {
 protected:
  SegmentsTest() {
    const std::vector<float> shared = tune(100, kShared);
    write_wav16(music("first.wav"), with_passage(tune(1, 55), shared, kInFirst));
    write_wav16(music("second.wav"), with_passage(tune(2, 50), shared, kInSecond));
    for (std::uint32_t i = 3; i < 8; ++i)
      write_wav16(music("other-" + std::to_string(i) + ".wav"), tune(i, 30));
  }
  [[nodiscard]] json passages(std::vector<std::string> question, int exit_status = 0) const {
    question.insert(question.begin(), {"query", "--granularity", "segments"});
    return answer(std::move(question), exit_status);
  }
  [[nodiscard]] ProgramRun refused(std::vector<std::string> question) const {
    question.insert(question.begin(), {"query", "--granularity", "segments"});
    return run(question);
  }
};

double seconds(const json& passage, const char* name = "start_s") { return passage.at(name).get<double>(); }

TEST_F(SegmentsTest, a_passage_that_two_tracks_share_is_found_with_its_times) {
  (void)index(0, {"--segments"});
  const json found = passages({"--track", "first.wav", "-k", "3"});
  const json& best = found.at("results").at(0);
  EXPECT_THAT(best.at("path").get<std::string>(), EndsWith("/second.wav"));
  const double seed_s = seconds(best.at("seed_passage"));
  const double found_s = seconds(best.at("passage"));
  EXPECT_NEAR(seed_s, kInFirst, 4);
  EXPECT_NEAR(found_s, kInSecond, 4);
  EXPECT_NEAR(found_s - seed_s, kInSecond - kInFirst, 2.1) << "half the hop, and a little";
  EXPECT_EQ(seconds(best.at("passage"), "end_s"), found_s + 18);
  EXPECT_GT(best.at("score").get<double>(), found.at("results").at(1).at("score").get<double>() + 0.2);
  EXPECT_EQ(found.at("results").size(), 3U);

  const ProgramRun text = run({"query", "--granularity", "segments", "--track", "second.wav", "-k", "1"});
  EXPECT_EQ(text.exit_status, 0) << text.errors;
  EXPECT_THAT(text.output, HasSubstr(" of the seed sounds like 0:2"));
  EXPECT_THAT(text.output, HasSubstr("first.wav"));
}

TEST_F(SegmentsTest, a_moment_and_a_file_from_anywhere_are_searched_with) {
  (void)index(0, {"--segments"});
  const json at = passages({"--track", "first.wav", "--at", "0:31", "-k", "1"});
  EXPECT_THAT(at.at("results").at(0).at("path").get<std::string>(), EndsWith("/second.wav"));
  EXPECT_LE(seconds(at.at("results").at(0).at("seed_passage")), 31);
  EXPECT_GE(seconds(at.at("results").at(0).at("seed_passage"), "end_s"), 31);
  const json elsewhere = passages({"--track", "first.wav", "--at", "4", "-k", "1"});
  EXPECT_EQ(seconds(elsewhere.at("results").at(0).at("seed_passage")), 0);

  write_wav16(folder_ / "cut.wav",
              part_of(with_passage(tune(2, 50), tune(100, kShared), kInSecond), 25.5, 43.5));
  const json cut = passages({"--audio", "cut.wav", "-k", "1"});
  EXPECT_THAT(cut.at("results").at(0).at("path").get<std::string>(), EndsWith("/second.wav"));
  EXPECT_NEAR(seconds(cut.at("results").at(0).at("passage")), 25.5, 4);
}

TEST_F(SegmentsTest, the_catalog_remembers_and_follows_what_changes) {
  (void)index(0, {"--segments"});
  write_wav16(music("third.wav"), with_passage(tune(20, 45), tune(100, kShared), 12));
  EXPECT_EQ(index().at("analysed"), 1);
  const json three = passages({"--track", "first.wav", "-k", "2"});
  std::vector<std::string> names;
  for (const json& result : three.at("results")) {
    names.push_back(fs::path(result.at("path").get<std::string>()).filename());
  }
  EXPECT_THAT(names, ::testing::UnorderedElementsAre("second.wav", "third.wav"));

  fs::copy_file(music("second.wav"), music("copy.wav"));
  fs::rename(music("third.wav"), music("renamed.wav"));
  EXPECT_EQ(index().at("analysed"), 0);
  const json copies = passages({"--track", "first.wav", "-k", "3"});
  names.clear();
  for (const json& result : copies.at("results")) {
    names.push_back(fs::path(result.at("path").get<std::string>()).filename());
  }
  EXPECT_THAT(names, ::testing::UnorderedElementsAre("second.wav", "copy.wav", "renamed.wav"));
  EXPECT_EQ(passages({"--track", "first.wav", "--no-duplicates", "-k", "3"}).at("results").size(), 3U);

  for (const char* name : {"second.wav", "copy.wav", "renamed.wav"}) fs::remove(music(name));
  EXPECT_EQ(index().at("removed"), 3);
  for (const json& result : passages({"--track", "first.wav"}).at("results")) {
    EXPECT_THAT(result.at("path").get<std::string>(), HasSubstr("other-"));
  }
  const ProgramRun doctor = run({"doctor"});
  EXPECT_EQ(doctor.exit_status, 0) << doctor.output;
  EXPECT_THAT(doctor.output, HasSubstr("segments"));
}

TEST_F(SegmentsTest, a_catalog_without_them_gets_them_from_the_cache_without_reading_audio) {
  EXPECT_EQ(run({"precompute", "music"}).exit_status, 0);
  EXPECT_EQ(index().at("tracks"), 7);
  const ProgramRun none = refused({"--track", "first.wav"});
  expect_refusal(none, 3, {"keeps no segments", "resonance index --segments"});

  const json got = index(0, {"--segments"});
  EXPECT_EQ(got.at("segmented"), 7);
  EXPECT_EQ(got.at("analysed"), 0);
  EXPECT_EQ(got.at("audio_s"), 0);
  EXPECT_THAT(passages({"--track", "first.wav", "-k", "1"}).at("results").at(0).at("path").get<std::string>(),
              EndsWith("/second.wav"));
  EXPECT_EQ(index().at("segmented"), 0) << "they have them";

  (void)index(0, {"--no-segments"});
  expect_refusal(refused({"--track", "first.wav"}), 3, {"keeps no segments"});
  fs::remove_all(folder_ / "cache");
  EXPECT_EQ(index(0, {"--segments"}).at("analysed"), 7) << "listens again where there is no cache";
  EXPECT_EQ(passages({"--track", "first.wav", "-k", "1"}).at("results").size(), 1U);
}

TEST_F(SegmentsTest, short_and_silent_tracks_and_odd_questions_are_answered_or_refused_with_a_reason) {
  write_wav16(music("short.wav"), part_of(tune(3, 30), 2, 9));
  write_wav16(music("silent.wav"), std::vector<float>(25 * kRate));
  (void)index(0, {"--segments"});
  const json whole = passages({"--track", "short.wav", "-k", "1"}).at("results").at(0);
  EXPECT_EQ(seconds(whole.at("seed_passage")), 0);
  EXPECT_NEAR(seconds(whole.at("seed_passage"), "end_s"), 7, 0.1);
  for (const json& result : passages({"--track", "first.wav"}).at("results")) {
    if (!result.at("path").get<std::string>().ends_with("/short.wav")) continue;
    EXPECT_NEAR(seconds(result.at("passage"), "end_s"), 7, 0.1);
  }

  expect_refusal(refused({"--track", "silent.wav"}), 2, {"silent.wav", "is silent"});
  expect_refusal(refused({"--track", "first.wav", "--at", "1:30"}), 2, {"first.wav", "ends at 0:55"});
  expect_refusal(refused({"--audio", "music/first.wav", "--at", "55.9"}), 2, {"ends at 0:55"});
  expect_refusal(refused({"--track", "first.wav", "--at", "soon"}), 2, {"--at soon", "1:30"});
  expect_refusal(refused({"--track", "first.wav", "--minus", "second.wav"}), 2, {"--minus"});
  expect_refusal(refused({"--track", "first.wav", "--prf", "3"}), 2, {"--prf"});
  expect_refusal(refused({"--track", "first.wav", "--rerank", "mmr"}), 2, {"--rerank mmr"});
  expect_refusal(refused({"--track", "first.wav", "--nprobe", "3"}), 2, {"nprobe"});
  expect_refusal(run({"query", "--track", "first.wav", "--at", "3"}), 2, {"--granularity segments"});
  expect_refusal(refused({"--track", "first.wav", "--track", "second.wav", "--at", "3"}), 2, {"several"});
  expect_refusal(refused({"--track", "nowhere.wav"}), 3, {"nowhere.wav"});
  EXPECT_TRUE(passages({"--track", "first.wav", "--min-score", "1"}).at("results").empty());
  EXPECT_EQ(passages({"--track", "first.wav", "--filter", "title=nothing"}).at("results").size(), 0U);
}

TEST_F(SegmentsTest, damaged_files_are_named_with_the_way_back_which_needs_no_audio) {
  (void)index(0, {"--segments"});
  const json before = passages({"--track", "first.wav"});
  fs::remove_all(music());
  for (const char* name :
       {"segments.npy", "segment-keys.npy", "segment-codes.bin", "segment-projection.bin"}) {
    SCOPED_TRACE(name);
    truncate_to(fs::canonical(catalog("current")) / name, 0.5);
    expect_refusal(refused({"--track", "first.wav"}), 3, {name, "resonance index --rebuild"});
    EXPECT_EQ(run({"index", "--rebuild"}).exit_status, 0);
    EXPECT_EQ(passages({"--track", "first.wav"}), before);
  }
}

}  // namespace
}  // namespace resonance::testing
