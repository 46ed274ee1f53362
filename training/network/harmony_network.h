#pragma once

#include <cstdint>

#include <torch/torch.h>

#include "training/network/layers.h"
#include "training/network/network_config.h"

namespace resonance::training {

/// Harmony from chroma, blind to transposition by construction: convolutions are circular over the 24 bins of
/// pitch class, so a turned chroma gives turned activations, and only the mean and the maximum over the turns
/// go on (Cohen & Welling 2016, "Group equivariant convolutional networks", for the cyclic group of 24 half
/// semitones).
class HarmonyNetworkImpl : public torch::nn::Module {
 public:
  static constexpr std::int64_t kBaseFrames = 10;  ///< averaged before anything else
  static constexpr std::int64_t kStepFrames = 40;

  explicit HarmonyNetworkImpl(const NetworkConfig& config);

  /// @param chroma  B x T x 24, in [0, 1] @return B x S x D, float32: values whose means over a segment
  /// head() needs. S = ceil(ceil(ceil(T / 10) / 2) / 2)
  torch::Tensor steps(const torch::Tensor& chroma, torch::ScalarType compute_type);
  /// @return R x harmony_dimensions, unit length
  torch::Tensor head(const torch::Tensor& pooled);

  torch::Tensor first_weight;  ///< C x 3 x 24: a chord's shape over three base steps
  Normalisation first_norm{nullptr};
  Convolution second{nullptr};
  Normalisation second_norm{nullptr};
  Convolution third{nullptr};
  Normalisation third_norm{nullptr};
  Normalisation pooled_norm{nullptr};
  torch::nn::Linear hidden{nullptr};
  torch::nn::Linear out{nullptr};

 private:
  [[nodiscard]] torch::Tensor circular_first(const torch::Tensor& x) const;

  std::int64_t pooled_size_;
  torch::Tensor turns_;  ///< 24 x 24: which weight meets which bin at which turn
};
TORCH_MODULE(HarmonyNetwork);

/// Repeats what lies at the ends of the last dimension around it. @param width  on either side
torch::Tensor circular_padding(const torch::Tensor& x, std::int64_t width);

}  // namespace resonance::training
