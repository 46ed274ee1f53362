// From a folder of music to "what sounds like this".
#include "resonance/core/npy.h"

#include <cmath>
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
using ::testing::Each;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::SizeIs;

class MainJobTest : public LibraryTest {
 protected:
  MainJobTest() {
    write_library(music());
    report_ = index();
  }

  [[nodiscard]] std::string id_of(const std::string& name) const {
    const auto described = answer({"query", "--track", music(name).string(), "--topk", "1"});
    return described.at("query").at("track_id");
  }

  nlohmann::json report_;
};

TEST_F(MainJobTest, index_reports_what_it_did) {
  EXPECT_EQ(report_.at("tracks"), 12);
  EXPECT_EQ(report_.at("analysed"), 12);
  EXPECT_EQ(report_.at("unchanged"), 0);
  EXPECT_EQ(report_.at("removed"), 0);
  EXPECT_EQ(report_.at("failed"), nlohmann::json::array());
}

TEST_F(MainJobTest, the_same_kind_comes_back_first_for_every_track) {
  for (const auto& entry : fs::directory_iterator(music())) {
    const std::string path = entry.path().string();
    for (const std::string& result : results_of({"--track", path, "--topk", "3"})) {
      EXPECT_EQ(kind_of(result), kind_of(path)) << result << " for " << path;
    }
  }
}

TEST_F(MainJobTest, a_file_from_anywhere_finds_its_kind) {
  write_wav16(folder_ / "new.wav", drum_track(9));
  for (const std::string& result : results_of({"--audio", "new.wav", "--topk", "4"})) {
    EXPECT_EQ(kind_of(result), "drum");
  }
}

TEST_F(MainJobTest, a_file_of_the_library_given_as_audio_finds_itself_first) {
  const auto found = answer({"query", "--audio", "music/chord-2.wav", "--topk", "1"}).at("results").at(0);
  EXPECT_EQ(found.at("path"), fs::canonical(music("chord-2.wav")).string());
  EXPECT_NEAR(found.at("score").get<double>(), 1.0, 1e-4);
}

TEST_F(MainJobTest, a_track_is_found_by_path_relative_path_end_of_path_and_id) {
  const auto by_path = answer({"query", "--track", music("noise-2.wav").string()});
  EXPECT_EQ(answer({"query", "--track", "music/noise-2.wav"}), by_path);
  EXPECT_EQ(answer({"query", "--track", "./music/../music/noise-2.wav"}), by_path);
  EXPECT_EQ(answer({"query", "--track", "noise-2.wav"}), by_path);
  EXPECT_EQ(answer({"query", "--track", id_of("noise-2.wav")}), by_path);
}

TEST_F(MainJobTest, a_result_says_who_it_is_how_alike_and_why) {
  const auto found = answer({"query", "--track", "chord-1.wav", "--topk", "12"});
  EXPECT_EQ(found.at("query").at("path"), fs::canonical(music("chord-1.wav")).string());
  ASSERT_THAT(found.at("results"), SizeIs(11)) << "every track but the one asked for";
  int rank = 0;
  double before = 1;
  for (const auto& result : found.at("results")) {
    EXPECT_EQ(result.at("rank"), ++rank);
    EXPECT_THAT(result.at("track_id").get<std::string>(), ::testing::MatchesRegex("[0-9a-f]+(-[0-9]+)?"));
    EXPECT_TRUE(result.at("title").is_string());
    EXPECT_TRUE(result.at("artist").is_string());
    for (const char* part : {"score", "timbre", "harmony", "rhythm"}) {
      ASSERT_TRUE(result.at(part).is_number()) << part << " of " << result;
      EXPECT_LE(std::fabs(result.at(part).get<double>()), 1.0001);
    }
    EXPECT_LE(result.at("score").get<double>(), before);
    before = result.at("score");
    EXPECT_TRUE(result.at("why").is_array());
  }
  EXPECT_THAT(found.at("results").at(0).at("why"), Not(SizeIs(0)));
}

TEST_F(MainJobTest, topk_bounds_the_results) {
  EXPECT_THAT(results_of({"--track", "drum-1.wav", "--topk", "1"}), SizeIs(1));
  EXPECT_THAT(results_of({"--track", "drum-1.wav", "-k", "5"}), SizeIs(5));
  EXPECT_THAT(results_of({"--track", "drum-1.wav", "--topk", "1000"}), SizeIs(11));
  EXPECT_THAT(results_of({"--audio", "music/drum-1.wav", "--topk", "1000"}), SizeIs(12));
}

TEST_F(MainJobTest, the_same_question_has_the_same_answer_to_the_byte) {
  const std::vector<std::string> question{"query", "--track", "noise-1.wav", "--format", "json"};
  const ProgramRun first = run(question);
  EXPECT_EQ(run(question).output, first.output);
  EXPECT_EQ(first.errors, "") << "an answer from a healthy catalog needs no note";
}

TEST_F(MainJobTest, one_library_indexed_twice_gives_the_same_answers) {
  (void)index(0, {"--catalog", "other"});
  const std::vector<std::string> question{"query", "--track", "chord-3.wav", "--format", "json"};
  std::vector<std::string> other = question;
  other.insert(other.end(), {"--catalog", "other"});
  EXPECT_EQ(run(other).output, run(question).output);
}

TEST_F(MainJobTest, two_workers_rank_as_one_does) {
  (void)answer({"index", "music", "--jobs", "2", "--catalog", "parallel"});
  EXPECT_EQ(results_of({"--track", "drum-2.wav", "-k", "3", "--catalog", "parallel"}),
            results_of({"--track", "drum-2.wav", "-k", "3"}));
}

TEST_F(MainJobTest, the_catalog_opens_for_others_by_its_stable_names) {
  for (const char* name : {"index.faiss", "embeddings.npy", "timbre.npy", "harmony.npy", "rhythm.npy"}) {
    EXPECT_GT(fs::file_size(catalog(name)), 0U) << name;
  }
  const NpyFile embeddings(catalog("embeddings.npy"));
  ASSERT_EQ(embeddings.rows(), 12U);
  ASSERT_EQ(embeddings.cols(), 512U);
  for (std::size_t row = 0; row < embeddings.rows(); ++row) {
    double norm = 0;
    for (const float value : embeddings.floats().subspan(row * 512, 512)) norm += value * value;
    EXPECT_NEAR(norm, 1, 1e-4) << "row " << row;
  }
  const auto meta = nlohmann::json::parse(read_text(catalog("meta.json")));
  EXPECT_EQ(meta.at("tracks"), 12);
  EXPECT_EQ(meta.at("dimensions"), 512);
  ASSERT_THAT(meta.at("rows"), SizeIs(12));
}

TEST_F(MainJobTest, rows_of_the_arrays_are_the_rows_of_meta_json) {
  const auto rows = nlohmann::json::parse(read_text(catalog("meta.json"))).at("rows");
  const NpyFile embeddings(catalog("embeddings.npy"));
  const auto row = [&](std::size_t i) { return embeddings.floats().subspan(i * 512, 512); };
  const auto found = answer({"query", "--track", rows.at(0).at("id").get<std::string>(), "-k", "11"});
  for (const auto& result : found.at("results")) {
    std::size_t i = 0;
    while (rows.at(i).at("id") != result.at("track_id")) ++i;
    EXPECT_EQ(rows.at(i).at("path"), result.at("path"));
    double product = 0;
    for (std::size_t d = 0; d < 512; ++d) product += row(0)[d] * row(i)[d];
    EXPECT_NEAR(product, result.at("score").get<double>(), 1e-4);
  }
}

TEST_F(MainJobTest, the_text_for_people_names_the_tracks) {
  const ProgramRun asked = run({"query", "--track", "chord-1.wav", "-k", "2"});
  EXPECT_EQ(asked.exit_status, 0);
  EXPECT_THAT(asked.output, HasSubstr("Sounds like chord-1.wav"));
  EXPECT_THAT(asked.output, HasSubstr("  2. "));
  EXPECT_THAT(asked.output, HasSubstr("timbre"));
  const ProgramRun indexed = run({"index", "music"});
  EXPECT_EQ(indexed.exit_status, 0);
  EXPECT_THAT(indexed.output, HasSubstr("12 tracks"));
}

TEST_F(MainJobTest, options_have_their_snake_case_names_too) {
  (void)answer({"index", "music", "--index_dir", "snake", "--cache_dir", "snake_cache", "--retry_failed"});
  const auto expected = results_of({"--track", "drum-3.wav", "--topk", "2"});
  EXPECT_EQ(results_of({"--track", "drum-3.wav", "--top_k", "2", "--index_dir", "snake"}), expected);
  EXPECT_EQ(results_of({"--track", "drum-3.wav", "--top-k", "2", "--index-dir", "snake"}), expected);
}

TEST_F(MainJobTest, a_library_of_one_track_can_be_searched) {
  fs::create_directories(folder_ / "one");
  write_wav16(folder_ / "one/only.wav", chord_track(1));
  EXPECT_EQ(answer({"index", "one", "--catalog", "lonely"}).at("tracks"), 1);
  EXPECT_THAT(results_of({"--track", "only.wav", "--catalog", "lonely"}), SizeIs(0));
  EXPECT_THAT(results_of({"--audio", "music/drum-1.wav", "--catalog", "lonely"}), SizeIs(1));
}

TEST_F(MainJobTest, a_single_file_can_be_indexed) {
  EXPECT_EQ(answer({"index", "music/drum-1.wav", "--catalog", "single"}).at("tracks"), 1);
}

}  // namespace
}  // namespace resonance::testing
