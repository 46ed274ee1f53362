#pragma once

#include <cstdint>

#include <torch/torch.h>

#include "training/network/layers.h"
#include "training/network/network_config.h"

namespace resonance::training {

/// Rhythm from the tempogram: mean and deviation over time on a logarithmic lag axis with a small blur, on
/// which a change of tempo by a few per cent is a small shift, then two fully connected layers.
class RhythmNetworkImpl : public torch::nn::Module {
 public:
  static constexpr double kShortestLag = 8;  ///< 0.16 s

  explicit RhythmNetworkImpl(const NetworkConfig& config);

  /// @param tempogram  B x R x 320 @return B x R x D, float32: values whose means over a segment head() needs
  torch::Tensor steps(const torch::Tensor& tempogram) const;
  /// @return R x rhythm_dimensions, unit length
  torch::Tensor head(const torch::Tensor& pooled);

  torch::Tensor lag_bands;  ///< 320 x L, columns sum to 1
  Normalisation pooled_norm{nullptr};
  torch::nn::Linear hidden{nullptr};
  torch::nn::Linear out{nullptr};
};
TORCH_MODULE(RhythmNetwork);

/// Triangles of equal width on the logarithm of the lag, each reaching to the middle of the second next ones.
/// @return 320 x bands
torch::Tensor logarithmic_lag_bands(std::int64_t bands);

}  // namespace resonance::training
