#pragma once

#include <functional>
#include <string>
#include <vector>

#include "training/trainer/training_config.h"

namespace resonance::training {

/// One key of a config: how its text becomes a value, and back.
struct ConfigField {
  std::string key;                              ///< dotted, e.g. "train.lr"
  bool is_list = false;                         ///< its text is then one entry a line
  std::function<void(const std::string&)> set;  ///< @throws Error(invalid_argument) saying what it must be
  std::function<std::string()> get;
};

/// The fields of `config`, which must outlive them.
std::vector<ConfigField> config_fields(TrainingConfig& config);

/// The known key that looks most like `key` (edit distance).
std::string nearest_key(const std::string& key, const std::vector<ConfigField>& fields);

}  // namespace resonance::training
