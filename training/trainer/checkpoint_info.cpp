#include "training/trainer/checkpoint_info.h"

#include "resonance/core/error.h"
#include "resonance/core/feature_contract.h"

#include <algorithm>
#include <cstdint>
#include <limits>

#include <nlohmann/json.hpp>

namespace resonance::training {
namespace {

using nlohmann::json;

json network_json(const NetworkConfig& config) {
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

/// Reads what the JSON library would convert without a word: fractions, and numbers too large for their type.
class InfoReader {
 public:
  InfoReader(const json& object, const std::string& what) : object_(object), what_(what) {}

  [[nodiscard]] std::int64_t integer(const char* key, std::int64_t least, std::int64_t most) const {
    return checked(object_.at(key), key, least, most);
  }
  [[nodiscard]] int count(const char* key) const {
    return static_cast<int>(integer(key, 0, std::numeric_limits<int>::max()));
  }
  [[nodiscard]] std::int64_t size(const char* key) const { return integer(key, 1, kLargest); }
  /// Of three blocks.
  [[nodiscard]] std::vector<std::int64_t> sizes(const char* key) const {
    const json& list = object_.at(key);
    if (!list.is_array() || list.size() != 3) fail(key);
    std::vector<std::int64_t> result;
    for (const json& entry : list) result.push_back(checked(entry, key, 1, kLargest));
    return result;
  }
  template <typename T>
  void read(const char* key, T& value) const {
    object_.at(key).get_to(value);
  }

  static constexpr std::int64_t kLargest = 8192;

 private:
  [[nodiscard]] std::int64_t checked(const json& value, const char* key, std::int64_t least,
                                     std::int64_t most) const {
    if (!value.is_number_integer()) fail(key);
    const auto number = value.get<std::int64_t>();
    if (number < least || number > most) fail(key);
    return number;
  }
  [[noreturn]] void fail(const std::string& key) const {
    throw Error(ErrorCode::corrupt_data, what_ + " gives " + key + " an impossible value: it is damaged");
  }

  const json& object_;
  const std::string& what_;
};

NetworkConfig network_from(const json& j, const std::string& what) {
  const InfoReader in(j, what);
  NetworkConfig config;
  in.read("range_db", config.range_db);
  config.stem_channels = in.size("stem_channels");
  config.channels = in.sizes("channels");
  config.temporal_channels = in.size("temporal_channels");
  config.temporal_blocks = in.integer("temporal_blocks", 0, 32);
  config.projection = in.integer("projection", 0, kMelBands);
  config.harmony_channels = in.sizes("harmony_channels");
  config.rhythm_lags = in.integer("rhythm_lags", 4, kTempogramLags);
  config.hidden = in.size("hidden");
  config.timbre_dimensions = in.size("timbre_dimensions");
  config.harmony_dimensions = in.size("harmony_dimensions");
  config.rhythm_dimensions = in.size("rhythm_dimensions");
  config.fusion = static_cast<FusionMode>(in.integer("fusion", 0, 2));
  config.embed_dimensions = in.size("embed_dimensions");
  config.target_dimensions = in.integer("target_dimensions", 0, InfoReader::kLargest);
  return config;
}

RunState state_from(const json& j, const std::string& what) {
  const InfoReader in(j, what);
  RunState state;
  state.epochs_done = in.count("epochs_done");
  state.steps_done = in.integer("steps_done", 0, std::numeric_limits<std::int64_t>::max());
  in.read("seconds", state.seconds);
  state.best_epoch = in.count("best_epoch");
  in.read("best_value", state.best_value);
  state.epochs_without_gain = in.count("epochs_without_gain");
  in.read("loss_scale", state.loss_scale);
  in.read("gradient_history", state.gradient_history);
  for (const json& entry : j.at("epochs")) {
    EpochRecord epoch;
    epoch.epoch = InfoReader(entry, what).count("epoch");
    entry.at("loss").get_to(epoch.loss);
    entry.at("metrics").get_to(epoch.metrics);
    entry.at("seconds").get_to(epoch.seconds);
    state.epochs.push_back(std::move(epoch));
  }
  return state;
}

}  // namespace

std::string to_json(const CheckpointInfo& info) {
  const RunState& state = info.state;
  json epochs = json::array();
  for (const EpochRecord& epoch : state.epochs) {
    epochs.push_back({{"epoch", epoch.epoch},
                      {"loss", epoch.loss},
                      {"metrics", epoch.metrics},
                      {"seconds", epoch.seconds}});
  }
  return json{{"feature_version", kFeatureVersion},
              {"network", network_json(info.network)},
              {"config", info.config},
              {"set", info.set},
              {"set_identity", info.set_identity},
              {"teachers", info.teachers},
              {"epochs_done", state.epochs_done},
              {"steps_done", state.steps_done},
              {"seconds", state.seconds},
              {"best_epoch", state.best_epoch},
              {"best_value", state.best_value},
              {"epochs_without_gain", state.epochs_without_gain},
              {"loss_scale", state.loss_scale},
              {"gradient_history", state.gradient_history},
              {"epochs", std::move(epochs)}}
      .dump(-1, ' ', false, json::error_handler_t::replace);
}

CheckpointInfo parse_checkpoint_info(std::string_view text, const std::string& what) {
  try {
    const json j = json::parse(text);
    const auto features =
        InfoReader(j, what).integer("feature_version", 0, std::numeric_limits<std::int64_t>::max());
    if (features != kFeatureVersion) {
      throw Error(ErrorCode::version_mismatch,
                  what + " was trained on features of version " + std::to_string(features) +
                      ", this program computes version " + std::to_string(kFeatureVersion) + ": train anew");
    }
    CheckpointInfo info;
    info.network = network_from(j.at("network"), what);
    j.at("config").get_to(info.config);
    j.at("set").get_to(info.set);
    j.at("set_identity").get_to(info.set_identity);
    if (j.contains("teachers")) j.at("teachers").get_to(info.teachers);  // format 1 has them elsewhere
    info.state = state_from(j, what);
    return info;
  } catch (const json::exception& error) {
    throw Error(ErrorCode::corrupt_data, what + " does not describe itself: " + error.what());
  }
}

}  // namespace resonance::training
