#include "training/loss/contrastive_loss.h"

namespace resonance::training {

torch::Tensor contrastive_loss(const torch::Tensor& embeddings, const torch::Tensor& identities,
                               double temperature, const torch::Tensor& groups) {
  constexpr double kNever = -1e9;
  const torch::Tensor scores = torch::matmul(embeddings, embeddings.t()) / temperature;
  const torch::Tensor self = torch::eye(embeddings.size(0), scores.options()).to(torch::kBool);
  const torch::Tensor same = identities.unsqueeze(0) == identities.unsqueeze(1);
  const torch::Tensor positive = (same & ~self).to(scores.scalar_type());
  torch::Tensor left_out = self;
  if (groups.defined()) left_out = left_out | ((groups.unsqueeze(0) == groups.unsqueeze(1)) & ~same);
  const torch::Tensor log_share = torch::log_softmax(scores.masked_fill(left_out, kNever), 1);
  const torch::Tensor count = positive.sum(1);
  const torch::Tensor each = -(log_share * positive).sum(1) / count.clamp_min(1);
  return each.sum() / (count > 0).sum().clamp_min(1);
}

}  // namespace resonance::training
