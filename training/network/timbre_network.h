#pragma once

#include <cstdint>

#include <torch/torch.h>

#include "training/network/layers.h"
#include "training/network/network_config.h"

namespace resonance::training {

/// Timbre from log-mel: a residual CNN, and beside it statistics over time (means, deviations and the
/// covariance of a learned projection), which know an artist's sound.
///
/// Everything after the convolutions is pooled linearly over time: steps() gives values whose means over any
/// segment are all that head() needs.
class TimbreNetworkImpl : public torch::nn::Module {
 public:
  static constexpr std::int64_t kStepFrames = 16;
  static constexpr double kFloorDb = -80;  ///< nothing below is heard

  explicit TimbreNetworkImpl(const NetworkConfig& config);

  /// @param log_mel  B x T x 160, dB @return B x ceil(T / 16) x D, float32
  torch::Tensor steps(const torch::Tensor& log_mel, torch::ScalarType compute_type);
  /// @param pooled  R x D: means over segments @return R x timbre_dimensions, unit length
  torch::Tensor head(const torch::Tensor& pooled);
  /// Mean and deviation of every band over the training set, after clipping as steps() does. 160 each
  void set_statistics(const torch::Tensor& mean, const torch::Tensor& standard_deviation);
  /// Raises what is too far below the frame's loudest band, or inaudible.
  torch::Tensor clip(const torch::Tensor& log_mel) const;

  /// Compute the blocks' inner values again instead of keeping them for the gradient.
  bool checkpoint_blocks = false;

  torch::Tensor band_mean;       ///< 160
  torch::Tensor band_deviation;  ///< 160
  torch::Tensor stem_weight;     ///< C x 1 x 3 x 3
  torch::Tensor stem_bias;       ///< C
  torch::nn::ModuleList blocks;
  Convolution squeeze{nullptr};  ///< the 10 remaining rows of frequency become channels
  Normalisation squeeze_norm{nullptr};
  torch::nn::ModuleList temporal;
  torch::nn::Linear projection{nullptr};
  Normalisation pooled_norm{nullptr};
  torch::nn::Linear pooled_out{nullptr};
  Normalisation statistics_norm{nullptr};
  torch::nn::Linear statistics_out{nullptr};

  /// The first layer. @param x  B x T x 160, normalised @return B x C x ceil(T / 2) x 80
  torch::Tensor stem(const torch::Tensor& x) const;

 private:
  NetworkConfig config_;
  torch::Tensor upper_triangle_;  ///< indices into the flattened covariance
};
TORCH_MODULE(TimbreNetwork);

}  // namespace resonance::training
