// evaluate, and what precompute keeps of teachers.
#include "resonance/core/npy.h"

#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "integration/library.h"

namespace resonance::testing {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using ::testing::HasSubstr;
using ::testing::SizeIs;

class EvaluateTest : public LibraryTest {
 protected:
  EvaluateTest() { write_library(music(), 3); }

  /// A manifest of the nine tracks, in three kinds by three artists, with lines of its own behind them.
  void write_manifest(const std::string& more = {}) const {
    std::string text = "file,kind,artist,language\n";
    for (const char* kind : {"chord", "drum", "noise"}) {
      for (int i = 1; i <= 3; ++i) {
        const std::string number = std::to_string(i);
        text += "music/" + std::string(kind) + "-" + number + ".wav," + kind + ",\"Artist, " + number +
                "\",none\n";
      }
    }
    write_text(folder_ / "songs.csv", text + more);
  }
  [[nodiscard]] json evaluate(const std::vector<std::string>& more, int exit_status = 0) const {
    std::vector<std::string> arguments{"evaluate", "--manifest", "songs.csv", "--jobs", "1", "--quiet"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return answer(arguments, exit_status);
  }
  void expect_refused(std::vector<std::string> more, const std::vector<std::string>& words) const {
    more.insert(more.begin(), {"evaluate", "--manifest", "songs.csv"});
    expect_refusal(run(more), 2, words);
  }
  static double value(const json& table, const std::string& row, const std::string& metric) {
    for (const json& one : table.at("rows")) {
      if (one.at("name") == row) return one.at("metrics").at(metric).at("mean");
    }
    ADD_FAILURE() << "no row " << row;
    return -1;
  }
  static fs::path golden(const std::string& name) {
    return fs::path(RESONANCE_SOURCE_DIR) / "tests/golden/models" / name;
  }
};

TEST_F(EvaluateTest, finds_kinds_with_and_without_the_artist_filter) {
  write_manifest();
  const json report = evaluate({"--model", "statistics", "--by", "kind", "--part", "fused", "timbre"});
  EXPECT_EQ(report.at("files"), 9);
  EXPECT_EQ(report.at("used"), 9);
  ASSERT_THAT(report.at("tables"), SizeIs(2));
  const json& plain = report.at("tables").at(0);
  EXPECT_EQ(plain.at("queries"), 9);
  EXPECT_EQ(plain.at("candidates"), 8);
  EXPECT_EQ(plain.at("relevant"), 2);
  EXPECT_EQ(plain.at("artist_filter"), false);
  EXPECT_EQ(value(plain, "statistics", "recall@1"), 1);
  EXPECT_EQ(value(plain, "statistics", "map"), 1);
  EXPECT_EQ(value(plain, "statistics timbre", "recall@1"), 1);
  const json& filtered = report.at("tables").at(1);
  EXPECT_EQ(filtered.at("artist_filter"), true);
  EXPECT_EQ(filtered.at("candidates"), 6);
}

TEST_F(EvaluateTest, compares_vectors_and_distances_made_elsewhere) {
  write_manifest();
  // On a line: the kinds apart, each track beside its own.
  std::vector<float> vectors;
  std::vector<float> distances;
  for (int i = 0; i < 9; ++i) {
    vectors.insert(vectors.end(),
                   {i / 3 == 0 ? 1.0F : 0.0F, i / 3 == 1 ? 1.0F : 0.0F, i / 3 == 2 ? 1.0F : 0.0F});
    for (int j = 0; j < 9; ++j)
      distances.push_back(i / 3 == j / 3 ? 1.0F : 0.0F);  // those of a kind are furthest
  }
  write_npy(folder_ / "good.npy", vectors, 9, 3);
  write_npy(folder_ / "bad.npy", distances, 9, 9);
  const json report = evaluate({"--embeddings",
                                "good=good.npy",
                                "--distances",
                                "bad=bad.npy",
                                "--by",
                                "kind",
                                "--pair",
                                "bad",
                                "good",
                                "--prf",
                                "1",
                                "--alpha",
                                "3",
                                "--rerank",
                                "mmr",
                                "--no-hubs",
                                "--sum",
                                "twice=good+good",
                                "--out",
                                "runs/best/metrics.json"});
  const json& table = report.at("tables").at(0);
  EXPECT_EQ(value(table, "good", "recall@1"), 1);
  EXPECT_EQ(value(table, "twice", "map"), 1);
  EXPECT_EQ(value(table, "good + prf 1", "recall@1"), 1);
  EXPECT_EQ(value(table, "good + alpha 3 database", "recall@1"), 1);
  EXPECT_EQ(value(table, "good + no hubs", "recall@1"), 1);
  EXPECT_EQ(value(table, "good + mmr 0.3", "recall@1"), 1);
  EXPECT_EQ(value(table, "bad", "recall@5"), 0);
  EXPECT_DOUBLE_EQ(value(table, "bad", "mrr"), 1.0 / 7);
  ASSERT_THAT(table.at("differences"), SizeIs(1));
  EXPECT_EQ(table.at("differences").at(0).at("second_minus_first").at("recall@1").at("mean"), 1);
  EXPECT_EQ(json::parse(read_text(folder_ / "runs/best/metrics.json")).at("tables"), report.at("tables"));
}

TEST_F(EvaluateTest, a_file_that_cannot_be_heard_is_listed_and_left_out_for_all) {
  write_manifest("music/gone.wav,noise,X,none\n");
  std::vector<float> vectors;
  for (int i = 0; i < 10; ++i) vectors.insert(vectors.end(), {i < 3 ? 1.0F : 0.0F, i >= 6 ? 1.0F : 0.0F});
  write_npy(folder_ / "v.npy", vectors, 10, 2);
  const json report = evaluate({"--model", "statistics", "--embeddings", "v=v.npy", "--by", "kind"}, 1);
  EXPECT_EQ(report.at("files"), 10);
  EXPECT_EQ(report.at("used"), 9);
  EXPECT_EQ(names_in(report.at("failed")), (std::set<std::string>{"gone.wav"}));
  EXPECT_EQ(report.at("tables").at(0).at("candidates"), 8);
}

TEST_F(EvaluateTest, any_model_that_hears_audio_can_be_evaluated) {
  write_manifest();
  fs::copy_file(golden("waveform.onnx"), folder_ / "loudness.onnx");
  const json report = evaluate(
      {"--model", "loudness.onnx", "--model", "stats=statistics", "--sum", "stats+loudness", "--by", "kind"});
  EXPECT_THAT(report.at("tables").at(0).at("rows"), SizeIs(3));
}

TEST_F(EvaluateTest, same_track_retrieval_finds_the_other_half_of_a_track) {
  constexpr double kTrackSeconds = 8;  // of shorter ones, two of noise can hardly be told apart
  write_library(music(), 3, kTrackSeconds);
  write_manifest();
  fs::copy_file(golden("waveform.onnx"), folder_ / "loudness.onnx");
  std::vector<std::string> arguments{
      "--model", "statistics",    "loudness.onnx", "--same-track", "--segment-seconds",
      "1.5",     "--segment-hop", "0.5",           "--by",         "kind"};
  if (have_ffmpeg()) arguments.insert(arguments.end(), {"--encode", "lowpass:8000+gain:-6"});
  const json report = evaluate(arguments);
  const json& table = report.at("tables").at(0);
  EXPECT_EQ(table.at("task"), "same track");
  EXPECT_EQ(table.at("queries"), 9);
  EXPECT_GT(value(table, "statistics", "recall@5"), 0.8);
  if (!have_ffmpeg()) GTEST_SKIP() << "the program ffmpeg is not installed";
  const json& encoded = report.at("tables").at(1);
  EXPECT_EQ(encoded.at("encoding"), "lowpass:8000+gain:-6");
  EXPECT_EQ(encoded.at("queries"), 9);
  EXPECT_GT(value(encoded, "statistics", "recall@20"), 0.8);
}

TEST_F(EvaluateTest, a_catalog_is_evaluated_on_itself) {
  (void)index(0, {"--model", "statistics"});
  const json report =
      answer({"evaluate", "--self", "--segment-seconds", "1.5", "--segment-hop", "0.5", "--quiet"});
  EXPECT_EQ(report.at("files"), 9);
  EXPECT_EQ(report.at("tables").at(0).at("task"), "same track");
  EXPECT_EQ(report.at("tables").at(0).at("rows").at(0).at("name"), "statistics");
}

TEST_F(EvaluateTest, what_makes_no_sense_is_refused_before_anything_is_heard) {
  write_manifest();
  expect_refused({"--model", "statistics", "--by", "kinds"},
                 {"songs.csv", "\"kinds\"", "is \"kind\" meant?"});
  expect_refused({"--model", "statistics", "--by", "language"},
                 {"have one language", "nothing to tell apart"});
  expect_refused({"--model", "statistics", "--by", "kind", "--within", "genre"}, {"no column \"genre\""});
  expect_refused({"--model", "statistics", "--by", "kind", "--artist-column", "atrist"},
                 {"\"artist\" meant?"});
  expect_refused({"--by", "kind"}, {"nobody to evaluate"});
  expect_refused({"--model", "statistics", "statistics", "--by", "kind"}, {"two are named \"statistics\""});
  expect_refused({"--model", "statistics", "--by", "kind", "--pair", "statistics", "stastics"},
                 {"\"stastics\"", "is \"statistics\" meant?"});
  expect_refused({"--model", "statistics", "--by", "kind", "--part", "harmonie"},
                 {"\"harmonie\"", "is harmony meant?"});
  expect_refused({"--model", "statistics", "--encode", "mp3"}, {"no encoding \"mp3\""});
  expect_refused({"--model", "statistics", "--by", "kind", "--sum", "statistics+x"}, {"\"x\""});
  expect_refused({"--model", "statistics", "--self"}, {"either --manifest FILE.csv or --self"});
  write_npy(folder_ / "short.npy", std::vector<float>(6), 3, 2);
  expect_refused({"--embeddings", "v=short.npy", "--by", "kind"},
                 {"short.npy has 3 rows where the manifest has 9"});
  expect_refused({"--embeddings", "short.npy", "--by", "kind"}, {"NAME=FILE.npy"});
  expect_refusal(run({"evaluate", "--manifest", "songs.csv", "--model", "nowhere.onnx"}), 3,
                 {"nowhere.onnx"});
  write_text(folder_ / "empty.csv", "file,genre\n");
  expect_refusal(run({"evaluate", "--manifest", "empty.csv", "--model", "statistics"}), 3,
                 {"names no recording"});
  write_text(folder_ / "plain.csv", "file\nmusic/drum-1.wav\n");
  expect_refusal(run({"evaluate", "--manifest", "plain.csv", "--model", "statistics"}), 2, {"has no labels"});
}

TEST_F(EvaluateTest, precompute_keeps_what_teachers_say_once) {
  fs::copy_file(golden("waveform.onnx"), folder_ / "loudness.onnx");
  const std::vector<std::string> command{"precompute", "music",         "--cache-dir", "cache",
                                         "--teacher",  "loudness.onnx", "--quiet"};
  EXPECT_EQ(answer(command).at("taught"), 9);
  std::size_t files = 0;
  for (const auto& entry : fs::directory_iterator(folder_ / "cache/teachers")) {
    EXPECT_EQ(entry.path().filename().string().size(), 36U) << entry.path();
    const std::string bytes = read_text(entry.path());
    EXPECT_THAT(bytes, HasSubstr("start.npy"));
    EXPECT_THAT(bytes, HasSubstr("loudness.npy"));
    ++files;
  }
  EXPECT_EQ(files, 9U);
  EXPECT_EQ(answer(command).at("taught"), 0);
}

}  // namespace
}  // namespace resonance::testing
