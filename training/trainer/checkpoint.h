#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <torch/torch.h>

#include "training/loss/distillation.h"
#include "training/network/network.h"
#include "training/trainer/run_state.h"
#include "training/trainer/training_config.h"

namespace resonance::training {

/// What a checkpoint holds beside tensors.
struct CheckpointInfo {
  NetworkConfig network;
  std::vector<std::pair<std::string, std::string>> config;  ///< describe(TrainingConfig)
  std::string set;                                          ///< folder of the feature set
  std::string set_identity;
  RunState state;
};

/// Writes network, optimiser (may be null: then the file is for use, not for going on), random generator,
/// teachers' means and axes, and `info` into one file: temporary name, fsync, rename. A full disk leaves the
/// last one.
/// @throws Error(no_space, unreadable)
void save_checkpoint(const std::filesystem::path& path, Network& network, torch::optim::AdamW* optimiser,
                     const TeacherTargets* targets, const CheckpointInfo& info);

/// A checkpoint being read. Bytes are checked (length and CRC-32) before LibTorch sees them.
class CheckpointReader {
 public:
  /// @throws Error(not_found, unreadable, corrupt_data, version_mismatch) naming the file
  explicit CheckpointReader(const std::filesystem::path& path);

  [[nodiscard]] const CheckpointInfo& info() const { return info_; }
  /// @throws Error(version_mismatch) if the network is another one than the checkpoint's
  void load(Network& network);
  /// @throws Error(invalid_argument) if the checkpoint holds no optimiser
  void load(torch::optim::AdamW& optimiser);
  void load_random_state();
  /// Nothing if the run had no teachers.
  [[nodiscard]] std::optional<TeacherTargets> targets();

 private:
  std::filesystem::path path_;
  CheckpointInfo info_;
  torch::serialize::InputArchive archive_;
};

/// `path` itself, or the model in the folder `path`: ckpt.pt. @throws Error(not_found)
std::filesystem::path checkpoint_in(const std::filesystem::path& path);

/// A network as its checkpoint describes it, with its weights, ready to be used.
Network load_network(const std::filesystem::path& path);

}  // namespace resonance::training
