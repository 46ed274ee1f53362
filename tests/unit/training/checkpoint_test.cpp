#include "training/trainer/checkpoint.h"

#include "resonance/core/atomic_file.h"
#include "resonance/core/crc32.h"
#include "resonance/core/error.h"
#include "resonance/embedding/bytes.h"

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

/// The bytes with a checksum that is right: what an attacker would write, and a disk would not.
std::string sealed(const std::string& bytes) {
  constexpr std::size_t kCrcAt = 20;
  std::string result = bytes;
  const std::uint32_t crc = crc32(0, std::string_view(result).substr(kCrcAt + 4));
  result.replace(kCrcAt, 4, reinterpret_cast<const char*>(&crc), 4);
  return result;
}

TEST(Checkpoint, what_a_right_checksum_covers_is_not_believed_either) {
  const TemporaryDirectory folder;
  Network saved(checkpoint_network_config());
  save_checkpoint(folder / "good.pt", saved, nullptr, nullptr, info_of(saved));
  const std::string bytes = read_file(folder / "good.pt", 1 << 20);
  const auto replaced = [&](const std::string& what, const std::string& by) {
    std::string other = bytes;
    other.replace(other.find(what), what.size(), by);
    std::ofstream(folder / "bad.pt", std::ios::binary | std::ios::trunc) << sealed(other);
    return code_of_checkpoint(folder / "bad.pt");
  };
  EXPECT_EQ(replaced("version", "version"), ErrorCode::cancelled);
  EXPECT_EQ(replaced("\"hidden\":4", "\"hidden\":0"), ErrorCode::corrupt_data);
  EXPECT_EQ(replaced("\"hidden\":4", "\"hidden\":5"), ErrorCode::corrupt_data);  // other shapes than stored
  EXPECT_EQ(replaced("\"fusion\":1", "\"fusion\":9"), ErrorCode::corrupt_data);
  EXPECT_EQ(replaced("\"epochs_done\":3", "\"epochs_done\":."), ErrorCode::corrupt_data);
  EXPECT_EQ(replaced("timbre.stem_weight", "timbre.stem_wight_"), ErrorCode::corrupt_data);
  Random random{2};
  for (int i = 0; i < 300; ++i) {  // any answer but a crash, and none about the inside of the program
    std::string damaged = bytes;
    damaged[24 + random.below(damaged.size() - 24)] ^= static_cast<char>(1U << random.below(8));
    std::ofstream(folder / "bad.pt", std::ios::binary | std::ios::trunc) << sealed(damaged);
    EXPECT_NE(code_of_checkpoint(folder / "bad.pt"), ErrorCode::internal) << i;
  }
}

/// A file as the first version of the format has it.
void write_version_1(const std::filesystem::path& path, Network& network) {
  torch::serialize::OutputArchive archive;
  archive.write("info", torch::IValue(to_json(info_of(network))));
  torch::serialize::OutputArchive weights;
  network->save(weights);
  archive.write("network", weights);
  archive.write("teachers", torch::IValue(std::string("yamnet\n")));
  archive.write("mean0", torch::ones({3}), /*is_buffer=*/true);
  archive.write("axes", torch::ones({3, 2}), /*is_buffer=*/true);
  std::string bytes;
  archive.save_to([&bytes](const void* data, std::size_t size) {
    bytes.append(static_cast<const char*>(data), size);
    return size;
  });
  embedding::ByteWriter header;
  header.text("RTRAIN01");
  header.value(std::uint32_t{1});
  header.value(static_cast<std::uint64_t>(bytes.size()));
  header.value(crc32(0, bytes));
  std::ofstream(path, std::ios::binary) << header.bytes() << bytes;
}

TEST(Checkpoint, one_of_the_first_version_is_read_only_when_it_is_trusted) {
  const TemporaryDirectory folder;
  torch::manual_seed(1);
  Network saved(checkpoint_network_config());
  write_version_1(folder / "old.pt", saved);
  try {
    const CheckpointReader reader(folder / "old.pt");
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::version_mismatch);
    EXPECT_NE(std::string(error.what()).find("resonance-train convert"), std::string::npos) << error.what();
  }
  convert_checkpoint(folder / "old.pt", folder / "ckpt.pt");
  const CheckpointReader reader(folder / "ckpt.pt");
  EXPECT_EQ(reader.info().state.epochs.size(), 1U);
  EXPECT_EQ(reader.targets()->names, (std::vector<std::string>{"yamnet"}));
  const Network loaded = load_network(folder.path());
  const auto expected = saved->named_parameters();
  for (const auto& parameter : loaded->named_parameters()) {
    EXPECT_TRUE(torch::equal(parameter.value(), expected[parameter.key()])) << parameter.key();
  }
  EXPECT_THROW(convert_checkpoint(folder / "ckpt.pt", folder / "again.pt"), Error);
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
