#include "training/trainer/training_config.h"

#include "resonance/core/atomic_file.h"
#include "resonance/core/error.h"
#include "resonance/core/feature_contract.h"

#include <algorithm>
#include <cmath>

#include <yaml-cpp/yaml.h>

#include "training/trainer/config_fields.h"

namespace resonance::training {
namespace {

constexpr std::size_t kMaxConfigBytes = std::size_t{1} << 20U;
constexpr int kMaxDepth = 16;

std::size_t frames_of(double seconds) {
  return static_cast<std::size_t>(std::max(1.0, std::round(seconds * kFramesPerSecond)));
}

/// Walks the document and sets what it names.
class ConfigReader {
 public:
  ConfigReader(std::vector<ConfigField> fields, const std::string& what)
      : fields_(std::move(fields)), what_(what) {}

  void read(const YAML::Node& node, const std::string& prefix, int depth) {
    if (depth > kMaxDepth) throw Error(ErrorCode::invalid_argument, what_ + " is nested too deeply");
    for (const auto& entry : node) {
      const std::string key = prefix + entry.first.as<std::string>();
      const auto field =
          std::find_if(fields_.begin(), fields_.end(), [&](const ConfigField& f) { return f.key == key; });
      if (field != fields_.end()) {
        set(*field, entry.second);
      } else if (entry.second.IsMap() && is_section(key)) {
        read(entry.second, key + ".", depth + 1);
      } else if (!(entry.second.IsNull() && is_section(key))) {
        throw Error(
            ErrorCode::invalid_argument,
            what_ + " has the key " + key + ", which is none; the nearest is " + nearest_key(key, fields_));
      }
    }
  }

 private:
  [[nodiscard]] bool is_section(const std::string& key) const {
    return std::any_of(fields_.begin(), fields_.end(),
                       [&](const ConfigField& field) { return field.key.starts_with(key + "."); });
  }

  void set(const ConfigField& field, const YAML::Node& value) const {
    std::string text;
    if (value.IsSequence()) {
      if (!field.is_list) {
        throw Error(ErrorCode::invalid_argument,
                    what_ + ": " + field.key + " is a list, and must be one value");
      }
      for (const auto& item : value) text += item.as<std::string>() + "\n";
    } else if (value.IsScalar()) {
      text = value.as<std::string>();
    } else if (!value.IsNull()) {
      throw Error(ErrorCode::invalid_argument,
                  what_ + ": " + field.key + " must be a value, and has keys below it");
    }
    try {
      field.set(text);
    } catch (const Error& error) {
      throw Error(error.code(), what_ + ": " + error.what());
    }
  }

  std::vector<ConfigField> fields_;
  const std::string& what_;
};

}  // namespace

CropShape TrainingConfig::crop_shape() const {
  return {frames_of(data.crop_seconds), frames_of(data.chroma_seconds), frames_of(data.rhythm_seconds),
          static_cast<std::size_t>(data.tempogram_rows)};
}

TrainingConfig parse_training_config(std::string_view yaml, const std::string& what) {
  TrainingConfig config;
  try {
    const YAML::Node root = YAML::Load(std::string(yaml));
    if (!root.IsNull() && !root.IsMap())
      throw Error(ErrorCode::invalid_argument, what + " has no keys at its top");
    ConfigReader(config_fields(config), what).read(root, "", 0);
  } catch (const YAML::Exception& error) {
    throw Error(ErrorCode::invalid_argument, what + " is not YAML: " + error.what());
  }
  const NetworkConfig& network = config.network;
  const std::int64_t parts =
      network.timbre_dimensions + network.harmony_dimensions + network.rhythm_dimensions;
  if (network.fusion == FusionMode::gated_concat && parts != network.embed_dimensions) {
    throw Error(
        ErrorCode::invalid_argument,
        what + ": with fusion.mode gated_concat, fusion.embed_dim (" +
            std::to_string(network.embed_dimensions) +
            ") must be the sum of network.timbre_dimensions, harmony_dimensions and rhythm_dimensions (" +
            std::to_string(parts) + ")");
  }
  return config;
}

TrainingConfig read_training_config(const std::filesystem::path& path) {
  return parse_training_config(read_file(path, kMaxConfigBytes), path.string());
}

void set_config_value(TrainingConfig& config, const std::string& key, const std::string& value) {
  const std::vector<ConfigField> fields = config_fields(config);
  for (const ConfigField& field : fields) {
    if (field.key == key) {
      std::string text = value;
      if (field.is_list) std::replace(text.begin(), text.end(), ',', '\n');
      field.set(text);
      return;
    }
  }
  throw Error(ErrorCode::invalid_argument,
              key + " is no key of a config; the nearest is " + nearest_key(key, fields));
}

std::vector<std::pair<std::string, std::string>> describe(const TrainingConfig& config) {
  TrainingConfig copy = config;
  std::vector<std::pair<std::string, std::string>> result;
  for (const ConfigField& field : config_fields(copy)) result.emplace_back(field.key, field.get());
  return result;
}

}  // namespace resonance::training
