#include "training/loss/triplet_loss.h"

#include <limits>

namespace resonance::training {
namespace {

/// Distances between unit vectors; the root has no slope at zero, where equal vectors lie.
torch::Tensor distances(const torch::Tensor& embeddings) {
  const torch::Tensor squares = 2 - 2 * torch::matmul(embeddings, embeddings.t());
  return torch::sqrt(squares.clamp_min(1e-12));
}

TripletResult mean_of(const torch::Tensor& hinges, const torch::Tensor& counts) {
  const torch::Tensor count = counts.sum();
  const torch::Tensor sum = (hinges * counts.to(hinges.scalar_type())).sum();
  return {sum / count.clamp_min(1), count.item<std::int64_t>()};
}

TripletResult batch_hard(const torch::Tensor& d, const torch::Tensor& positive, const torch::Tensor& negative,
                         double margin) {
  constexpr double kFar = std::numeric_limits<float>::max();
  const torch::Tensor furthest = d.masked_fill(~positive, -kFar).amax(1);
  const torch::Tensor nearest = d.masked_fill(~negative, kFar).amin(1);
  const torch::Tensor usable = positive.any(1) & negative.any(1);
  return mean_of(torch::relu(furthest - nearest + margin).masked_fill(~usable, 0), usable);
}

/// Over all anchors (dimension 0), positives (1) and negatives (2) at once.
torch::Tensor hinges_of(const torch::Tensor& d, double margin) {
  return torch::relu(d.unsqueeze(2) - d.unsqueeze(1) + margin);
}

TripletResult semi_hard(const torch::Tensor& d, const torch::Tensor& positive, const torch::Tensor& negative,
                        double margin) {
  constexpr double kFar = std::numeric_limits<float>::max();
  const torch::Tensor to_positive = d.unsqueeze(2);
  const torch::Tensor to_negative = d.unsqueeze(1);
  const torch::Tensor fits =
      negative.unsqueeze(1) & (to_negative > to_positive) & (to_negative < to_positive + margin);
  const torch::Tensor nearest = to_negative.expand(fits.sizes()).masked_fill(~fits, kFar).amin(2);
  const torch::Tensor usable = positive & fits.any(2);
  return mean_of(torch::relu(d - nearest + margin).masked_fill(~usable, 0), usable);
}

}  // namespace

TripletResult triplet_loss(const torch::Tensor& embeddings, const torch::Tensor& identities, double margin,
                           Mining mining) {
  const torch::Tensor d = distances(embeddings);
  const torch::Tensor same = identities.unsqueeze(0) == identities.unsqueeze(1);
  const torch::Tensor self = torch::eye(d.size(0), d.options()).to(torch::kBool);
  const torch::Tensor positive = same & ~self;
  const torch::Tensor negative = ~same;
  if (mining == Mining::batch_hard) return batch_hard(d, positive, negative, margin);
  if (mining == Mining::semi_hard) return semi_hard(d, positive, negative, margin);
  const torch::Tensor hinges = hinges_of(d, margin);
  const torch::Tensor violating = positive.unsqueeze(2) & negative.unsqueeze(1) & (hinges > 0);
  return mean_of(hinges, violating);
}

}  // namespace resonance::training
