// From a folder of music to a model of its own, in miniature: what `make search_proxy refine ...` runs.
#include <filesystem>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "integration/library.h"

namespace resonance::testing {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using ::testing::SizeIs;

class PipelineTest : public LibraryTest {
 protected:
  void SetUp() override {
    if (!fs::exists(program_path().parent_path() / "resonance-train")) {
      GTEST_SKIP() << "this build has no resonance-train";
    }
    constexpr double kTrackSeconds = 38;  // verify-onnx hears 34 s of a track
    write_library(music(), 4, kTrackSeconds);
    write_text(
        folder_ / "small.yaml",
        "network: {stem_channels: 8, channels: [8, 8, 8], temporal_channels: 16, temporal_blocks: 1,\n"
        "          projection: 4, harmony_channels: [8, 8, 8], hidden: 16}\n"
        "train: {batch_identities: 4, views_per_song: 2, steps_per_epoch: 2, epochs: 2, warmup_epochs: 1}\n"
        "data: {split: {validation_share: 0.4}}\n");
    write_text(folder_ / "space.yaml",
               "lr: {distribution: loguniform, low: 1.0e-4, high: 1.0e-2}\n"
               "fusion_mode: {choices: [gated_concat, cross_attention]}\n");
  }

  [[nodiscard]] ProgramRun pipeline(std::vector<std::string> steps, const std::string& music_folder) const {
    steps.insert(steps.begin(), std::string(RESONANCE_SOURCE_DIR) + "/tools/pipeline");
    RunOptions options;
    options.folder = folder_.path();
    options.program = "/bin/bash";
    options.environment = {{"RESONANCE", program_path()},
                           {"DIR", music_folder},
                           {"RUN", "run"},
                           {"CACHE_DIR", "cache"},
                           {"CONFIG", "small.yaml"},
                           {"SEARCH_SPACE", "space.yaml"},
                           {"TRIALS", "2"},
                           {"TRIAL_EPOCHS", "1"},
                           {"TOPN", "1"},
                           {"OMP_NUM_THREADS", "1"},
                           {"OMP_WAIT_POLICY", "passive"}};
    return RunningProgram(steps, options).wait();
  }
};

TEST_F(PipelineTest, ends_with_a_catalog_made_by_the_model_it_trained) {
  const ProgramRun run =
      pipeline({"precompute", "search_proxy", "refine", "evaluate", "onnx_eval", "index"}, music());
  ASSERT_EQ(run.exit_status, 0) << run.output << run.errors;
  for (const char* file :
       {"hpo.json", "journal.log", "ckpt.pt", "held_out.csv", "model.onnx", "model-int8.onnx"}) {
    EXPECT_TRUE(fs::exists(folder_ / "run" / file)) << file;
  }
  EXPECT_THAT(run.output, HasSubstr("within bounds"));
  const auto metrics = nlohmann::json::parse(read_text(folder_ / "run" / "metrics.json"));
  EXPECT_THAT(metrics["tables"][0]["rows"], SizeIs(2)) << "statistics and the model";

  const std::string model = answer({"doctor"}).dump();
  EXPECT_THAT(model, HasSubstr("own-"));
  EXPECT_THAT(results_of({"--track", music("drum-1.wav"), "--topk", "3"}), SizeIs(3));
}

TEST_F(PipelineTest, a_checkpoint_and_its_export_give_the_same_answers) {
  ASSERT_EQ(pipeline({"precompute", "search_proxy", "refine", "evaluate"}, music()).exit_status, 0);
  fs::remove(folder_ / "run" / "model-int8.onnx");
  std::vector<std::vector<nlohmann::json>> answers;
  for (const char* backend : {"onnx", "torch"}) {
    const ProgramRun indexed = run({"index", music(), "--catalog", backend, "--load", "run", "--backend",
                                    backend, "--cache-dir", "cache", "--quiet"});
    ASSERT_EQ(indexed.exit_status, 0) << indexed.errors;
    answers.emplace_back();
    for (const char* track : {"chord-1.wav", "drum-3.wav"}) {
      answers.back().push_back(answer({"query", "--audio", music(track), "--catalog", backend})["results"]);
    }
  }
  for (std::size_t query = 0; query < answers[0].size(); ++query) {
    ASSERT_EQ(answers[0][query].size(), answers[1][query].size());
    for (std::size_t rank = 0; rank < answers[0][query].size(); ++rank) {
      EXPECT_EQ(answers[0][query][rank]["path"], answers[1][query][rank]["path"]) << rank;
      EXPECT_NEAR(answers[0][query][rank]["score"].get<double>(),
                  answers[1][query][rank]["score"].get<double>(), 1e-3);
    }
  }
  const ProgramRun other = run({"index", music(), "--load", "run/model.onnx", "--backend", "torch"});
  expect_refusal(other, 2, {"run/model.onnx", "no checkpoint"});
}

TEST_F(PipelineTest, says_what_is_wrong_and_stops) {
  const ProgramRun none = pipeline({"refine"}, music());
  EXPECT_EQ(none.exit_status, 3) << none.errors;
  const ProgramRun typo = pipeline({"trian"}, music());
  EXPECT_EQ(typo.exit_status, 2);
  EXPECT_THAT(typo.errors, HasSubstr("there is no step trian"));
  EXPECT_EQ(pipeline({"precompute"}, "").exit_status, 2);
}

}  // namespace
}  // namespace resonance::testing
