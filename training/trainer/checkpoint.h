#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include <torch/torch.h>

#include "training/loss/distillation.h"
#include "training/network/network.h"
#include "training/trainer/checkpoint_file.h"
#include "training/trainer/checkpoint_info.h"

namespace resonance::training {

/// Writes network, optimiser (may be null: then the file is for use, not for going on), random generator,
/// teachers' means and axes, and `info` into one file: temporary name, fsync, rename. A full disk leaves the
/// last one.
/// @throws Error(no_space, unreadable)
void save_checkpoint(const std::filesystem::path& path, Network& network, torch::optim::AdamW* optimiser,
                     const TeacherTargets* targets, CheckpointInfo info);

/// A checkpoint being read. Nothing in it is believed: every tensor is held against its bytes, and against
/// the tensor that it is to become.
class CheckpointReader {
 public:
  /// @throws Error(not_found, unreadable, corrupt_data, version_mismatch) naming the file
  explicit CheckpointReader(const std::filesystem::path& path);

  [[nodiscard]] const CheckpointInfo& info() const { return contents_.info; }
  /// @throws Error(version_mismatch) if the network is another one than the checkpoint's; Error(corrupt_data)
  void load(Network& network) const;
  /// @throws Error(invalid_argument) if the checkpoint holds no optimiser; Error(corrupt_data)
  void load(torch::optim::AdamW& optimiser) const;
  /// @throws Error(corrupt_data)
  void load_random_state() const;
  /// Nothing if the run had no teachers. @throws Error(corrupt_data)
  [[nodiscard]] std::optional<TeacherTargets> targets() const;

 private:
  [[nodiscard]] torch::Tensor tensor(const std::string& name) const;
  [[nodiscard]] torch::Tensor tensor_like(const std::string& name, const torch::Tensor& example) const;
  [[noreturn]] void fail(const std::string& how) const;

  std::filesystem::path path_;
  std::string bytes_;
  CheckpointContents contents_;
};

/// `path` itself, or the model in the folder `path`: ckpt.pt. @throws Error(not_found)
std::filesystem::path checkpoint_in(const std::filesystem::path& path);

/// A network as its checkpoint describes it, with its weights, ready to be used.
Network load_network(const std::filesystem::path& path);

/// Makes a checkpoint of version 1, a LibTorch archive, one of this version: for use and for `--from`,
/// without the optimiser. LibTorch's reader trusts such a file, and may run what is in it: use only your own.
/// @throws Error(not_found, unreadable, corrupt_data, version_mismatch) naming the file
void convert_checkpoint(const std::filesystem::path& old, const std::filesystem::path& path);

}  // namespace resonance::training
