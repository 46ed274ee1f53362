#pragma once

#include <cstdint>
#include <memory>

#include <torch/torch.h>

#include "training/distributed/rank_options.h"

namespace resonance::training {

/// What ranks tell each other, over c10d: Gloo on CPU, NCCL where this LibTorch has it and the tensors are on
/// CUDA. Every rank must call the same functions in the same order. Not thread-safe.
class Collective {
 public:
  /// Waits for all ranks. @throws Error(invalid_argument) for impossible options; Error(unreadable) if the
  /// others do not come
  explicit Collective(const RankOptions& options);
  ~Collective();
  Collective(const Collective&) = delete;
  Collective& operator=(const Collective&) = delete;

  [[nodiscard]] int rank() const { return options_.rank; }
  [[nodiscard]] int size() const { return options_.world_size; }

  /// In place: the sum over all ranks. @throws Error(unreadable) if a rank was lost
  void sum(torch::Tensor& x);
  /// The sum over all ranks; gradients of the result are summed in turn.
  torch::Tensor differentiable_sum(const torch::Tensor& x);
  /// Rows of all ranks, in their order; the gradient reaches this rank's own rows. Every rank has as many.
  torch::Tensor gather_rows(const torch::Tensor& x);
  /// Waits until all ranks are here.
  void wait_for_all();

 private:
  struct Group;
  RankOptions options_;
  std::unique_ptr<Group> group_;
};

}  // namespace resonance::training
