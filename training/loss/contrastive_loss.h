#pragma once

#include <torch/torch.h>

namespace resonance::training {

/// Supervised contrastive loss (Khosla et al. 2020, "Supervised contrastive learning", L_out): for each
/// example the mean over its positives p of -log(exp(<z, p> / t) / sum over all others a of exp(<z, a> / t)),
/// averaged over the examples that have a positive. Zero if none has.
/// @param embeddings   B x D, unit length
/// @param identities   B, int64: examples with the same number are positives of each other
/// @param groups       B, int64, or undefined: pairs of one group that are no positives are left out
/// @param temperature  > 0
torch::Tensor contrastive_loss(const torch::Tensor& embeddings, const torch::Tensor& identities,
                               double temperature, const torch::Tensor& groups = {});

}  // namespace resonance::training
