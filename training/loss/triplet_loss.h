#pragma once

#include <cstdint>

#include <torch/torch.h>

#include "training/loss/mining.h"

namespace resonance::training {

struct TripletResult {
  torch::Tensor loss;  ///< mean of max(0, d(a, p) - d(a, n) + margin) over the triplets that count; 0 if none
  std::int64_t mined = 0;  ///< how many counted
};

/// @param embeddings  B x D, unit length @param identities  B, int64
TripletResult triplet_loss(const torch::Tensor& embeddings, const torch::Tensor& identities, double margin,
                           Mining mining);

}  // namespace resonance::training
