#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "training/network/network_config.h"
#include "training/trainer/run_state.h"

namespace resonance::training {

/// What a checkpoint holds beside tensors.
struct CheckpointInfo {
  NetworkConfig network;
  std::vector<std::pair<std::string, std::string>> config;  ///< describe(TrainingConfig)
  std::string set;                                          ///< folder of the feature set
  std::string set_identity;
  RunState state;
  std::vector<std::string> teachers;  ///< what the head speaks of; the tensors are their means and axes
};

/// As JSON, and back.
std::string to_json(const CheckpointInfo& info);

/// @param what  names the text in messages
/// @throws Error(corrupt_data) if the text is none, or describes a network that this program would not train:
/// a file that claims other sizes would be believed with all memory; Error(version_mismatch) for other
/// features
CheckpointInfo parse_checkpoint_info(std::string_view text, const std::string& what);

}  // namespace resonance::training
