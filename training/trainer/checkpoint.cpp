#include "training/trainer/checkpoint.h"

#include "resonance/core/atomic_file.h"
#include "resonance/core/crc32.h"
#include "resonance/core/error.h"
#include "resonance/core/feature_contract.h"
#include "resonance/embedding/bytes.h"

#include <optional>
#include <sstream>
#include <string_view>
#include <utility>

#include <nlohmann/json.hpp>

#include "training/trainer/config_fields.h"

namespace resonance::training {
namespace {

using nlohmann::json;

// magic, version, bytes of the LibTorch archive, their CRC-32; then the archive
constexpr std::string_view kMagic = "RTRAIN01";
constexpr std::uint32_t kVersion = 1;
constexpr std::size_t kHeaderBytes = 8 + 4 + 8 + 4;
constexpr std::size_t kMaxBytes = std::size_t{8} << 30U;

json to_json(const NetworkConfig& config) {
  return {{"range_db", config.range_db},
          {"stem_channels", config.stem_channels},
          {"channels", config.channels},
          {"temporal_channels", config.temporal_channels},
          {"temporal_blocks", config.temporal_blocks},
          {"projection", config.projection},
          {"harmony_channels", config.harmony_channels},
          {"rhythm_lags", config.rhythm_lags},
          {"hidden", config.hidden},
          {"timbre_dimensions", config.timbre_dimensions},
          {"harmony_dimensions", config.harmony_dimensions},
          {"rhythm_dimensions", config.rhythm_dimensions},
          {"fusion", static_cast<int>(config.fusion)},
          {"embed_dimensions", config.embed_dimensions},
          {"target_dimensions", config.target_dimensions}};
}

NetworkConfig network_from(const json& j) {
  NetworkConfig config;
  j.at("range_db").get_to(config.range_db);
  j.at("stem_channels").get_to(config.stem_channels);
  j.at("channels").get_to(config.channels);
  j.at("temporal_channels").get_to(config.temporal_channels);
  j.at("temporal_blocks").get_to(config.temporal_blocks);
  j.at("projection").get_to(config.projection);
  j.at("harmony_channels").get_to(config.harmony_channels);
  j.at("rhythm_lags").get_to(config.rhythm_lags);
  j.at("hidden").get_to(config.hidden);
  j.at("timbre_dimensions").get_to(config.timbre_dimensions);
  j.at("harmony_dimensions").get_to(config.harmony_dimensions);
  j.at("rhythm_dimensions").get_to(config.rhythm_dimensions);
  config.fusion = static_cast<FusionMode>(j.at("fusion").get<int>());
  j.at("embed_dimensions").get_to(config.embed_dimensions);
  j.at("target_dimensions").get_to(config.target_dimensions);
  return config;
}

json to_json(const CheckpointInfo& info) {
  const RunState& state = info.state;
  json epochs = json::array();
  for (const EpochRecord& epoch : state.epochs) {
    epochs.push_back({{"epoch", epoch.epoch},
                      {"loss", epoch.loss},
                      {"metrics", epoch.metrics},
                      {"seconds", epoch.seconds}});
  }
  return {{"feature_version", kFeatureVersion},
          {"network", to_json(info.network)},
          {"config", info.config},
          {"set", info.set},
          {"set_identity", info.set_identity},
          {"epochs_done", state.epochs_done},
          {"steps_done", state.steps_done},
          {"seconds", state.seconds},
          {"best_epoch", state.best_epoch},
          {"best_value", state.best_value},
          {"epochs_without_gain", state.epochs_without_gain},
          {"loss_scale", state.loss_scale},
          {"gradient_history", state.gradient_history},
          {"epochs", std::move(epochs)}};
}

CheckpointInfo info_from(const json& j) {
  CheckpointInfo info;
  info.network = network_from(j.at("network"));
  j.at("config").get_to(info.config);
  j.at("set").get_to(info.set);
  j.at("set_identity").get_to(info.set_identity);
  RunState& state = info.state;
  j.at("epochs_done").get_to(state.epochs_done);
  j.at("steps_done").get_to(state.steps_done);
  j.at("seconds").get_to(state.seconds);
  j.at("best_epoch").get_to(state.best_epoch);
  j.at("best_value").get_to(state.best_value);
  j.at("epochs_without_gain").get_to(state.epochs_without_gain);
  j.at("loss_scale").get_to(state.loss_scale);
  j.at("gradient_history").get_to(state.gradient_history);
  for (const json& entry : j.at("epochs")) {
    state.epochs.push_back({entry.at("epoch").get<int>(), entry.at("loss").get<double>(),
                            entry.at("metrics").get<Metrics>(), entry.at("seconds").get<double>()});
  }
  return info;
}

std::string archive_bytes(torch::serialize::OutputArchive& archive) {
  std::string bytes;
  archive.save_to([&bytes](const void* data, std::size_t size) {
    bytes.append(static_cast<const char*>(data), size);
    return size;
  });
  return bytes;
}

}  // namespace

void save_checkpoint(const std::filesystem::path& path, Network& network, torch::optim::AdamW* optimiser,
                     const TeacherTargets* targets, const CheckpointInfo& info) {
  torch::serialize::OutputArchive archive;
  archive.write("info", torch::IValue(to_json(info).dump(-1, ' ', false, json::error_handler_t::replace)));
  torch::serialize::OutputArchive network_archive;
  network->save(network_archive);
  archive.write("network", network_archive);
  if (optimiser != nullptr) {
    torch::serialize::OutputArchive optimiser_archive;
    optimiser->save(optimiser_archive);
    archive.write("optimiser", optimiser_archive);
  }
  archive.write("random", torch::globalContext().defaultGenerator(torch::kCPU).get_state(),
                /*is_buffer=*/true);
  if (targets != nullptr) {
    std::string names;
    for (const std::string& name : targets->names) names += name + "\n";
    archive.write("teachers", torch::IValue(names));
    archive.write("axes", targets->axes, /*is_buffer=*/true);
    for (std::size_t i = 0; i < targets->means.size(); ++i) {
      archive.write("mean" + std::to_string(i), targets->means[i], /*is_buffer=*/true);
    }
  }
  const std::string bytes = archive_bytes(archive);
  embedding::ByteWriter header;
  header.text(kMagic);
  header.value(kVersion);
  header.value(static_cast<std::uint64_t>(bytes.size()));
  header.value(crc32(0, bytes));
  AtomicFile file(path);
  file.write(header.bytes());
  file.write(bytes);
  file.commit();
}

CheckpointReader::CheckpointReader(const std::filesystem::path& path) : path_(path) {
  const std::string bytes = read_file(path, kMaxBytes);
  embedding::ByteReader header(bytes, path.string());
  if (bytes.size() < kHeaderBytes || header.text(kMagic.size()) != kMagic)
    header.fail("is no checkpoint of ours");
  if (const auto version = header.value<std::uint32_t>(); version != kVersion) {
    throw Error(ErrorCode::version_mismatch, path.string() + " is a checkpoint of version " +
                                                 std::to_string(version) + ", this program reads " +
                                                 std::to_string(kVersion));
  }
  const auto size = header.value<std::uint64_t>();
  const auto crc = header.value<std::uint32_t>();
  if (header.left() != size || crc32(0, std::string_view(bytes).substr(kHeaderBytes)) != crc) {
    header.fail("is damaged or cut short: take an older checkpoint, or train anew");
  }
  try {
    archive_.load_from(bytes.data() + kHeaderBytes, bytes.size() - kHeaderBytes);
    torch::IValue text;
    archive_.read("info", text);
    const json info = json::parse(text.toStringRef());
    const int features = info.at("feature_version").get<int>();
    if (features != kFeatureVersion) {
      throw Error(ErrorCode::version_mismatch,
                  path.string() + " was trained on features of version " + std::to_string(features) +
                      ", this program computes version " + std::to_string(kFeatureVersion) + ": train anew");
    }
    info_ = info_from(info);
  } catch (const c10::Error& error) {
    header.fail(std::string("does not load: ") + error.what_without_backtrace());
  } catch (const json::exception& error) {
    header.fail(std::string("does not describe itself: ") + error.what());
  }
}

void CheckpointReader::load(Network& network) {
  if (!(network->config() == info_.network)) {
    throw Error(
        ErrorCode::version_mismatch,
        path_.string() + " holds a network of another architecture: use the config that it was trained with");
  }
  try {
    torch::serialize::InputArchive archive;
    archive_.read("network", archive);
    network->load(archive);
  } catch (const c10::Error& error) {
    throw Error(ErrorCode::corrupt_data,
                path_.string() + " does not load: " + error.what_without_backtrace());
  }
}

void CheckpointReader::load(torch::optim::AdamW& optimiser) {
  torch::serialize::InputArchive archive;
  if (!archive_.try_read("optimiser", archive)) {
    throw Error(ErrorCode::invalid_argument,
                path_.string() + " is a model for use; a run goes on from last.pt of its folder");
  }
  try {
    optimiser.load(archive);
  } catch (const c10::Error& error) {
    throw Error(ErrorCode::corrupt_data,
                path_.string() + " does not load: " + error.what_without_backtrace());
  }
}

void CheckpointReader::load_random_state() {
  torch::Tensor state;
  archive_.read("random", state, /*is_buffer=*/true);
  auto generator = torch::globalContext().defaultGenerator(torch::kCPU);
  generator.set_state(state.to(torch::kByte));
}

std::optional<TeacherTargets> CheckpointReader::targets() {
  torch::IValue names;
  if (!archive_.try_read("teachers", names)) return std::nullopt;
  TeacherTargets targets;
  std::istringstream lines(names.toStringRef());
  for (std::string line; std::getline(lines, line);) {
    torch::Tensor mean;
    archive_.read("mean" + std::to_string(targets.names.size()), mean, /*is_buffer=*/true);
    targets.names.push_back(line);
    targets.means.push_back(mean);
  }
  archive_.read("axes", targets.axes, /*is_buffer=*/true);
  return targets;
}

std::filesystem::path checkpoint_in(const std::filesystem::path& path) {
  if (!std::filesystem::is_directory(path)) {
    if (std::filesystem::exists(path)) return path;
    throw Error(ErrorCode::not_found, "there is no checkpoint " + path.string());
  }
  if (std::filesystem::exists(path / "ckpt.pt")) return path / "ckpt.pt";
  throw Error(ErrorCode::not_found, "there is no ckpt.pt in " + path.string() + ": train a model first");
}

Network load_network(const std::filesystem::path& path) {
  CheckpointReader reader(checkpoint_in(path));
  Network network(reader.info().network);
  reader.load(network);
  network->eval();
  return network;
}

}  // namespace resonance::training
