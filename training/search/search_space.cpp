#include "training/search/search_space.h"

#include "resonance/core/atomic_file.h"
#include "resonance/core/error.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <sstream>

#include <yaml-cpp/yaml.h>

#include "training/trainer/config_fields.h"

namespace resonance::training {
namespace {

constexpr std::size_t kMaxBytes = std::size_t{1} << 20U;

[[noreturn]] void wrong(const std::string& what, const std::string& name, const std::string& how) {
  throw Error(ErrorCode::invalid_argument, what + ": " + name + " " + how);
}

std::string key_of(const std::string& what, const std::string& name) {
  TrainingConfig config;
  const std::vector<ConfigField> fields = config_fields(config);
  const std::string wanted = name == "fusion_mode" ? "fusion.mode" : name;
  for (const std::string& key : {"train." + wanted, wanted}) {
    if (std::any_of(fields.begin(), fields.end(),
                    [&](const ConfigField& field) { return field.key == key; })) {
      return key;
    }
  }
  wrong(what, name, "is no key of a config; the nearest is " + nearest_key("train." + wanted, fields));
}

SearchParameter parse_parameter(const std::string& what, const std::string& name, const YAML::Node& node) {
  SearchParameter parameter;
  parameter.name = name;
  parameter.key = key_of(what, name);
  if (!node.IsMap()) wrong(what, name, "must be a distribution with low and high, or choices");
  if (node["choices"]) {
    parameter.kind = SearchParameter::Kind::choice;
    for (const auto& choice : node["choices"]) parameter.choices.push_back(choice.as<std::string>());
    if (parameter.choices.empty()) wrong(what, name, "has no choices");
  } else {
    const auto distribution = node["distribution"].as<std::string>("");
    if (distribution != "uniform" && distribution != "loguniform") {
      wrong(what, name, "has the distribution \"" + distribution + "\", which must be uniform or loguniform");
    }
    parameter.kind =
        distribution == "uniform" ? SearchParameter::Kind::uniform : SearchParameter::Kind::loguniform;
    parameter.low = node["low"].as<double>();
    parameter.high = node["high"].as<double>();
    const bool ordered =
        std::isfinite(parameter.low) && std::isfinite(parameter.high) && parameter.low < parameter.high;
    if (!ordered || (parameter.kind == SearchParameter::Kind::loguniform && parameter.low <= 0)) {
      wrong(what, name, "needs low < high, both above zero for loguniform");
    }
  }
  TrainingConfig config;  // the ends must be possible values
  for (const double unit : {0.0, 1.0}) {
    const double last = static_cast<double>(parameter.choices.size()) - 1;
    set_config_value(
        config, parameter.key,
        value_text(parameter, parameter.choices.empty() ? from_unit(parameter, unit) : unit * last));
  }
  return parameter;
}

}  // namespace

std::vector<SearchParameter> parse_search_space(std::string_view yaml, const std::string& what) {
  std::vector<SearchParameter> parameters;
  try {
    const YAML::Node root = YAML::Load(std::string(yaml));
    if (!root.IsMap()) throw Error(ErrorCode::invalid_argument, what + " names no parameter to search over");
    for (const auto& entry : root) {
      parameters.push_back(parse_parameter(what, entry.first.as<std::string>(), entry.second));
    }
  } catch (const YAML::Exception& error) {
    throw Error(ErrorCode::invalid_argument, what + " is no search space: " + error.what());
  }
  return parameters;
}

std::vector<SearchParameter> read_search_space(const std::filesystem::path& path) {
  return parse_search_space(read_file(path, kMaxBytes), path.string());
}

std::string value_text(const SearchParameter& parameter, double value) {
  if (parameter.kind == SearchParameter::Kind::choice)
    return parameter.choices.at(static_cast<std::size_t>(value));
  std::ostringstream out;
  out.precision(12);
  out << std::clamp(value, parameter.low, parameter.high);
  return out.str();
}

double to_unit(const SearchParameter& parameter, double value) {
  if (parameter.kind == SearchParameter::Kind::choice) return value;
  if (parameter.kind == SearchParameter::Kind::uniform) {
    return (value - parameter.low) / (parameter.high - parameter.low);
  }
  return std::log(value / parameter.low) / std::log(parameter.high / parameter.low);
}

double from_unit(const SearchParameter& parameter, double unit) {
  if (parameter.kind == SearchParameter::Kind::choice) return unit;
  if (parameter.kind == SearchParameter::Kind::uniform) {
    return parameter.low + unit * (parameter.high - parameter.low);
  }
  return parameter.low * std::pow(parameter.high / parameter.low, unit);
}

}  // namespace resonance::training
