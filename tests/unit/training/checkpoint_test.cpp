#include "training/trainer/checkpoint.h"

#include "resonance/core/atomic_file.h"
#include "resonance/core/error.h"

#include <fstream>

#include <gtest/gtest.h>
#include <unistd.h>

#include "../../support/temporary_directory.h"
#include "training/data/random.h"

namespace resonance::training {
namespace {

using resonance::testing::TemporaryDirectory;

NetworkConfig checkpoint_network_config() {
  NetworkConfig config;
  config.stem_channels = 2;
  config.channels = {2, 2, 2};
  config.temporal_channels = 4;
  config.temporal_blocks = 0;
  config.projection = 2;
  config.harmony_channels = {2, 2, 2};
  config.rhythm_lags = 8;
  config.hidden = 4;
  config.timbre_dimensions = 4;
  config.harmony_dimensions = 2;
  config.rhythm_dimensions = 2;
  config.embed_dimensions = 8;
  return config;
}

CheckpointInfo info_of(const Network& network) {
  CheckpointInfo info;
  info.network = network->config();
  info.config = {{"train.lr", "0.1"}};
  info.set = "some/set";
  info.set_identity = "12345678901234567890";
  info.state.epochs_done = 3;
  info.state.gradient_history = {1, 2.5};
  info.state.epochs = {{1, 0.5, {{"recall@5", 0.25}}, 7}};
  return info;
}

ErrorCode code_of_checkpoint(const std::filesystem::path& path) {
  try {
    CheckpointReader reader(path);
    Network network(reader.info().network);
    reader.load(network);
  } catch (const Error& error) {
    return error.code();
  }
  return ErrorCode::cancelled;  // nothing was thrown
}

TEST(Checkpoint, network_and_state_come_back) {
  const TemporaryDirectory folder;
  torch::manual_seed(1);
  Network saved(checkpoint_network_config());
  save_checkpoint(folder / "ckpt.pt", saved, nullptr, nullptr, info_of(saved));
  Network loaded = load_network(folder.path());
  const auto expected = saved->named_parameters();
  for (const auto& parameter : loaded->named_parameters()) {
    EXPECT_TRUE(torch::equal(parameter.value(), expected[parameter.key()])) << parameter.key();
  }
  const CheckpointReader reader(folder / "ckpt.pt");
  EXPECT_EQ(reader.info().set_identity, "12345678901234567890");
  EXPECT_EQ(reader.info().state.gradient_history, (std::vector<double>{1, 2.5}));
  EXPECT_EQ(reader.info().state.epochs.at(0).metrics.at("recall@5"), 0.25);
  EXPECT_EQ(reader.info().config.at(0).second, "0.1");
}

TEST(Checkpoint, another_architecture_is_refused) {
  const TemporaryDirectory folder;
  Network saved(checkpoint_network_config());
  save_checkpoint(folder / "ckpt.pt", saved, nullptr, nullptr, info_of(saved));
  NetworkConfig other = checkpoint_network_config();
  other.hidden = 5;
  Network network(other);
  CheckpointReader reader(folder / "ckpt.pt");
  try {
    reader.load(network);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::version_mismatch);
  }
}

TEST(Checkpoint, a_damaged_cut_or_foreign_file_is_refused) {
  const TemporaryDirectory folder;
  Network saved(checkpoint_network_config());
  save_checkpoint(folder / "good.pt", saved, nullptr, nullptr, info_of(saved));
  const std::string bytes = read_file(folder / "good.pt", 1 << 20);
  const auto with = [&](const std::string& content) {
    std::ofstream(folder / "bad.pt", std::ios::binary | std::ios::trunc) << content;
    return code_of_checkpoint(folder / "bad.pt");
  };
  EXPECT_EQ(with(bytes), ErrorCode::cancelled);
  EXPECT_EQ(with(""), ErrorCode::corrupt_data);
  EXPECT_EQ(with("PK\x03\x04 some other model"), ErrorCode::corrupt_data);
  EXPECT_EQ(with(bytes.substr(0, bytes.size() - 1)), ErrorCode::corrupt_data);
  Random random{1};
  for (int i = 0; i < 50; ++i) {
    std::string damaged = bytes;
    damaged[random.below(damaged.size())] ^= 4;
    EXPECT_NE(with(damaged), ErrorCode::cancelled);
  }
  EXPECT_EQ(code_of_checkpoint(folder / "none.pt"), ErrorCode::not_found);
}

TEST(Checkpoint, a_file_that_cannot_be_written_leaves_the_last_one) {
  const TemporaryDirectory folder;
  Network saved(checkpoint_network_config());
  save_checkpoint(folder / "ckpt.pt", saved, nullptr, nullptr, info_of(saved));
  const std::string before = read_file(folder / "ckpt.pt", 1 << 20);
  // The temporary name is taken by a folder: no disk has to be full for a write to fail.
  std::filesystem::create_directory(folder / ("ckpt.pt.tmp" + std::to_string(::getpid())));
  EXPECT_THROW(save_checkpoint(folder / "ckpt.pt", saved, nullptr, nullptr, info_of(saved)), Error);
  EXPECT_EQ(read_file(folder / "ckpt.pt", 1 << 20), before);
}

}  // namespace
}  // namespace resonance::training
