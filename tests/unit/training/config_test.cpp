#include "resonance/core/error.h"

#include <filesystem>

#include <gtest/gtest.h>

#include "training/trainer/training_config.h"

namespace resonance::training {
namespace {

std::string complaint(const std::string& yaml) {
  try {
    parse_training_config(yaml, "test.yaml");
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::invalid_argument);
    return error.what();
  }
  return "";
}

TEST(TrainingConfig, the_base_config_says_the_defaults) {
  const auto path = std::filesystem::path(RESONANCE_SOURCE_DIR) / "config" / "base.yaml";
  EXPECT_EQ(describe(read_training_config(path)), describe(TrainingConfig{}));
}

TEST(TrainingConfig, the_triplet_config_reads) {
  const auto path = std::filesystem::path(RESONANCE_SOURCE_DIR) / "config" / "triplet.yaml";
  const TrainingConfig config = read_training_config(path);
  EXPECT_EQ(config.train.loss, LossKind::triplet);
  EXPECT_EQ(config.train.batch_identities, 120);
  EXPECT_DOUBLE_EQ(config.train.margin, 0.1);
}

TEST(TrainingConfig, an_unknown_key_is_named_with_the_nearest_valid_one) {
  EXPECT_EQ(
      complaint("train: {batch_identites: 3}"),
      "test.yaml has the key train.batch_identites, which is none; the nearest is train.batch_identities");
  EXPECT_NE(complaint("trian: {lr: 1}"), "");
  EXPECT_NE(complaint("train: {early_stopping: {patiance: 1}}").find("train.early_stopping.patience"),
            std::string::npos);
}

TEST(TrainingConfig, impossible_values_are_named_with_what_they_may_be) {
  EXPECT_EQ(complaint("train: {temperature: 0}"),
            "test.yaml: train.temperature is \"0\", and must be a number from 0.001 to 100");
  EXPECT_NE(complaint("train: {epochs: ten}"), "");
  EXPECT_NE(complaint("train: {epochs: 1.5}"), "");
  EXPECT_NE(complaint("train: {lr: .nan}"), "");
  EXPECT_NE(complaint("train: {use_amp: perhaps}"), "");
  EXPECT_NE(complaint("train: {loss: hinge}").find("supcon, triplet"), std::string::npos);
  EXPECT_NE(complaint("features: {mel: {sr: 22050}}").find("44100"), std::string::npos);
  EXPECT_NE(complaint("network: {channels: [1, 2]}").find("3 numbers"), std::string::npos);
  EXPECT_NE(complaint("fusion: {embed_dim: 256}").find("512"), std::string::npos);
  EXPECT_NE(complaint("train: 5"), "");
  EXPECT_NE(complaint("train: {lr: [1, 2]}"), "");
  EXPECT_NE(complaint("train: {lr: {a: 1}}"), "");
  EXPECT_NE(complaint("- a\n- b"), "");
  EXPECT_NE(complaint("a: [unclosed"), "");
}

TEST(TrainingConfig, an_empty_file_means_the_defaults) {
  EXPECT_EQ(describe(parse_training_config("", "x")), describe(TrainingConfig{}));
}

TEST(TrainingConfig, a_value_can_be_set_by_its_key) {
  TrainingConfig config;
  set_config_value(config, "train.lr", "0.001");
  set_config_value(config, "data.split.holdout", "a/b,c/d");
  EXPECT_DOUBLE_EQ(config.train.lr, 0.001);
  EXPECT_EQ(config.data.split.holdout, (std::vector<std::string>{"a/b", "c/d"}));
  EXPECT_THROW(set_config_value(config, "train.rl", "1"), Error);
}

}  // namespace
}  // namespace resonance::training
