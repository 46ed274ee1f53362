#pragma once

#include <torch/torch.h>

#include "training/network/network_config.h"

namespace resonance::training {

/// The modalities' unit vectors and what they count for.
struct Fused {
  torch::Tensor embedding;  ///< R x embed_dimensions, unit length
  torch::Tensor gates;      ///< R x 3 (timbre, harmony, rhythm), >= 0, rows sum to 1
};

/// Three unit vectors become one.
///
/// gates = sigmoid(W f + b) over the concatenation f, normalised to sum 1.
/// gated_concat: the parts one after the other, each times the root of its gate, so that the inner product of
/// two
///   embeddings is the sum over the modalities of sqrt(g(a) g(b)) <a, b>: it explains a score, and lets a
///   query weigh.
/// gated_add: the sum over the modalities of gate times a learned projection.
/// cross_attention: each modality asks the three (one head of dot-product attention, Vaswani et al. 2017), is
/// added to
///   the answer, and all are projected together; the gates scale the modalities before.
class FusionImpl : public torch::nn::Module {
 public:
  explicit FusionImpl(const NetworkConfig& config);
  Fused forward(const torch::Tensor& timbre, const torch::Tensor& harmony, const torch::Tensor& rhythm);

  torch::nn::Linear gate{nullptr};
  torch::nn::Linear timbre_in{nullptr};  ///< gated_add, cross_attention
  torch::nn::Linear harmony_in{nullptr};
  torch::nn::Linear rhythm_in{nullptr};
  torch::nn::Linear query{nullptr};  ///< cross_attention
  torch::nn::Linear key{nullptr};
  torch::nn::Linear value{nullptr};
  torch::nn::Linear out{nullptr};

 private:
  NetworkConfig config_;
};
TORCH_MODULE(Fusion);

}  // namespace resonance::training
