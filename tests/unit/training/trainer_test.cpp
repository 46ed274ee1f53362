#include "training/trainer/trainer.h"

#include "resonance/core/atomic_file.h"
#include "resonance/core/error.h"

#include <cmath>

#include <gtest/gtest.h>

#include "../../support/temporary_directory.h"
#include "sample_set.h"
#include "training/network/network.h"
#include "training/trainer/checkpoint.h"

namespace resonance::training {
namespace {

using resonance::testing::TemporaryDirectory;

class Silent : public TrainObserver {
 public:
  void note(const std::string& /*line*/) override {}
  void progress(const TrainProgress& /*progress*/) override {
    if (stop_after > 0 && --stop_after == 0) source.request_stop();
  }
  void epoch(const EpochRecord& record, bool /*is_best*/) override { losses.push_back(record.loss); }

  int stop_after = 0;  ///< steps
  std::stop_source source;
  std::vector<double> losses;
};

TrainingConfig small_training_config() {
  return parse_training_config(R"(
data: {crop_seconds: 1, chroma_seconds: 2, rhythm_seconds: 2, tempogram_rows: 2, split: {validation_share: 0.4}}
network: {stem_channels: 4, channels: [4, 6, 8], temporal_channels: 16, temporal_blocks: 1, projection: 4,
          harmony_channels: [4, 4, 4], rhythm_lags: 16, hidden: 16,
          timbre_dimensions: 16, harmony_dimensions: 8, rhythm_dimensions: 8}
fusion: {embed_dim: 32}
train: {batch_identities: 6, views_per_song: 2, epochs: 4, warmup_epochs: 1, steps_per_epoch: 3, lr: 0.003,
        use_amp: false, temperature: 0.2, distillation: {dimensions: 4}, early_stopping: {enabled: false}}
validation: {segment_seconds: 3, tracks: 10}
)",
                               "test");
}

class TrainerTest : public ::testing::Test {
 protected:
  void SetUp() override {
    testing::write_sample_set(folder_ / "set", {.tracks = 24});
    options_.config = small_training_config();
    options_.set = folder_ / "set";
    options_.out = folder_ / "run";
    options_.device = "cpu";
    options_.threads = 1;
  }
  TrainReport run() { return train(options_, observer_, observer_.source.get_token()); }

  TemporaryDirectory folder_;
  TrainOptions options_;
  Silent observer_;
};

TEST_F(TrainerTest, a_run_learns_and_leaves_its_files) {
  options_.config.train.epochs = 8;
  const TrainReport report = run();
  EXPECT_EQ(report.ended, "done");
  ASSERT_EQ(observer_.losses.size(), 8U);
  EXPECT_LT(observer_.losses.back(), 0.9 * observer_.losses.front());
  EXPECT_TRUE(std::filesystem::exists(options_.out / "ckpt.pt"));
  EXPECT_TRUE(std::filesystem::exists(options_.out / "last.pt"));
  const std::string page = read_file(options_.out / "report.html", 1 << 20);
  EXPECT_NE(page.find("<polyline"), std::string::npos);
  EXPECT_NE(page.find("recall@5"), std::string::npos);
  Network network = load_network(options_.out);
  EXPECT_EQ(network->config().target_dimensions, 4);
  const Metrics& metrics = report.state.epochs.back().metrics;
  for (const char* name :
       {"recall@1", "recall@5", "teacher", "gate timbre", "loss distillation", "lr", "gradient"}) {
    EXPECT_TRUE(metrics.contains(name)) << name;
  }
}

TEST_F(TrainerTest, recall_is_not_asked_where_a_tracks_segments_overlap) {
  // A set of three seconds of every track had a recall of 1 from the first epoch, which was then kept as the
  // best.
  options_.config.train.epochs = 3;
  options_.config.validation.segment_seconds = 5;  // of tracks of eight
  const TrainReport report = run();
  const Metrics& metrics = report.state.epochs.back().metrics;
  EXPECT_FALSE(metrics.contains("recall@5"));
  EXPECT_TRUE(metrics.contains("teacher"));
  EXPECT_EQ(report.state.best_epoch, 3);  // nothing to judge by: the latest
}

TEST_F(TrainerTest, a_stopped_run_goes_on_and_ends_with_the_same_numbers) {
  run();
  const std::vector<double> whole = observer_.losses;
  ASSERT_EQ(whole.size(), 4U);
  const Network expected = load_network(options_.out);

  options_.out = folder_ / "interrupted";
  Silent first;
  first.stop_after = 8;  // in the third epoch, of three steps each
  EXPECT_EQ(train(options_, first, first.source.get_token()).ended, "stopped");
  EXPECT_EQ(first.losses.size(), 2U);
  options_.resume = true;
  Silent second;
  train(options_, second, second.source.get_token());
  ASSERT_EQ(second.losses.size(), 2U);
  EXPECT_EQ(second.losses[0], whole[2]);
  EXPECT_EQ(second.losses[1], whole[3]);
  CheckpointReader reader(options_.out / "last.pt");
  CheckpointReader other(folder_ / "run" / "last.pt");
  Network a(reader.info().network);
  Network b(other.info().network);
  reader.load(a);
  other.load(b);
  const auto parameters = b->named_parameters();
  for (const auto& parameter : a->named_parameters()) {
    EXPECT_TRUE(torch::equal(parameter.value(), parameters[parameter.key()])) << parameter.key();
  }
}

TEST_F(TrainerTest, a_resumed_run_must_be_the_same_run) {
  options_.config.train.epochs = 1;
  run();
  options_.resume = true;
  options_.config.train.lr = 0.001;
  try {
    run();
    FAIL();
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find("train.lr = 0.003"), std::string::npos) << error.what();
  }
  options_.config.train.lr = 0.003;
  testing::write_sample_set(folder_ / "set", {.tracks = 24});
  EXPECT_THROW(run(), Error);
}

TEST_F(TrainerTest, a_loss_that_is_no_number_ends_the_run_and_keeps_the_best) {
  options_.config.train.epochs = 1;
  run();
  const std::string before = read_file(options_.out / "ckpt.pt", 1 << 24);
  options_.config.train.epochs = 20;
  options_.config.train.warmup_epochs = 0;
  options_.config.train.lr = 10;
  options_.config.train.autoclip_percentile = 100;
  options_.config.train.temperature = 0.001;
  options_.config.train.weight_decay = 10;
  const TrainReport report = run();
  if (report.failed) {  // whether such a run breaks depends on rounding; that it ends in order does not
    EXPECT_NE(report.ended.find("is no number in epoch"), std::string::npos);
  }
  EXPECT_NO_THROW(load_network(options_.out));
}

TEST_F(TrainerTest, training_stops_when_nothing_is_gained) {
  options_.config.train.epochs = 50;
  options_.config.train.early_stopping.enabled = true;
  options_.config.train.early_stopping.patience = 2;
  options_.config.train.early_stopping.min_delta = 1;  // no gain is enough
  const TrainReport report = run();
  EXPECT_EQ(report.ended, "early stopping");
  EXPECT_EQ(report.state.epochs_done, 3);
}

TEST_F(TrainerTest, the_triplet_way_trains_end_to_end) {
  TrainingConfig& config = options_.config;
  config.data.class_column = "genre";
  config.data.classes = 2;
  config.train.loss = LossKind::triplet;
  config.train.loss_weights = {.contrast = 1, .distillation = 0, .timbre = 0, .harmony = 0, .rhythm = 0};
  config.network.fusion = FusionMode::gated_add;
  const TrainReport report = run();
  EXPECT_EQ(report.ended, "done");
  EXPECT_TRUE(report.state.epochs.back().metrics.contains("triplets"));
}

TEST_F(TrainerTest, accumulation_takes_several_batches_a_step) {
  options_.config.train.accumulation = 2;
  options_.config.train.epochs = 1;
  EXPECT_EQ(run().state.steps_done, 3);
}

TEST_F(TrainerTest, a_set_with_one_identity_is_refused) {
  testing::write_sample_set(folder_ / "one", {.tracks = 1});
  options_.set = folder_ / "one";
  options_.config.data.split.validation_share = 0;
  try {
    run();
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::invalid_argument);
  }
}

TEST_F(TrainerTest, a_set_without_teachers_trains_without_them) {
  testing::write_sample_set(folder_ / "plain", {.tracks = 24, .teachers = false});
  options_.set = folder_ / "plain";
  options_.config.train.epochs = 1;
  EXPECT_FALSE(run().state.epochs.back().metrics.contains("teacher"));
}

TEST_F(TrainerTest, a_device_that_is_not_there_is_refused) {
  if (torch::cuda::is_available()) GTEST_SKIP() << "there is a CUDA device here";
  options_.device = "cuda";
  EXPECT_THROW(run(), Error);
  options_.device = "abacus";
  EXPECT_THROW(run(), Error);
}

}  // namespace
}  // namespace resonance::training
