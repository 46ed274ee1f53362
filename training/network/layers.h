#pragma once

#include <cstdint>
#include <functional>

#include <torch/torch.h>

namespace resonance::training {

/// A sum over all ranks of a distributed run, through which gradients flow. Empty when there is one rank.
using SumOverRanks = std::function<torch::Tensor(const torch::Tensor&)>;

/// x in the type that convolutions compute in, and back: weights are kept in float32 and cast where they are
/// used.
torch::Tensor cast_linear(const torch::Tensor& x, const torch::nn::Linear& layer);

/// Convolution without bias, computed in the type of its input.
class ConvolutionImpl : public torch::nn::Module {
 public:
  struct Shape {
    std::int64_t in = 0;
    std::int64_t out = 0;
    std::int64_t rows = 3;  ///< kernel along time
    std::int64_t cols = 3;  ///< along frequency or pitch
    std::int64_t row_stride = 1;
    std::int64_t col_stride = 1;
    std::int64_t row_padding = 1;
    std::int64_t col_padding = 1;
  };
  explicit ConvolutionImpl(const Shape& shape);
  torch::Tensor forward(const torch::Tensor& x);
  [[nodiscard]] const Shape& shape() const { return shape_; }

  torch::Tensor weight;

 private:
  Shape shape_;
};
TORCH_MODULE(Convolution);

/// Batch normalisation of channels (dimension 1): per-channel scale and shift once the network is used.
/// Statistics are over all ranks.
class NormalisationImpl : public torch::nn::Module {
 public:
  explicit NormalisationImpl(std::int64_t channels);
  torch::Tensor forward(const torch::Tensor& x);
  void synchronise(SumOverRanks sum) { sum_over_ranks_ = std::move(sum); }
  /// While true, running statistics stay as they are: what is computed a second time must not count twice.
  void freeze_statistics(bool frozen) { frozen_ = frozen; }

  torch::Tensor weight;
  torch::Tensor bias;
  torch::Tensor running_mean;
  torch::Tensor running_variance;

 private:
  torch::Tensor synchronised(const torch::Tensor& x);

  SumOverRanks sum_over_ranks_;
  bool frozen_ = false;
};
TORCH_MODULE(Normalisation);

/// relu(x' + f(x)): f two 3 x 3 convolutions, the first with stride 2; x' a 1 x 1 convolution with stride 2.
class ResidualBlockImpl : public torch::nn::Module {
 public:
  ResidualBlockImpl(std::int64_t in, std::int64_t out);
  torch::Tensor forward(const torch::Tensor& x);

  Convolution first{nullptr};
  Convolution second{nullptr};
  Convolution shortcut{nullptr};
  Normalisation first_norm{nullptr};
  Normalisation second_norm{nullptr};
  Normalisation shortcut_norm{nullptr};
};
TORCH_MODULE(ResidualBlock);

/// Convolution over three steps of time, as a matrix product of each step with its neighbours: several times
/// as fast as the library's convolution where channels are many and steps few. x: B x S x C
torch::Tensor over_three_steps(const torch::Tensor& x, const Convolution& convolution);

/// Normalisation of the last dimension. x: B x S x C
torch::Tensor normalised_last(const torch::Tensor& x, Normalisation& normalisation);

/// relu(x + f(x)): f two convolutions over three steps of time. x: B x S x C
class TemporalBlockImpl : public torch::nn::Module {
 public:
  explicit TemporalBlockImpl(std::int64_t channels);
  torch::Tensor forward(const torch::Tensor& x);

  Convolution first{nullptr};
  Convolution second{nullptr};
  Normalisation first_norm{nullptr};
  Normalisation second_norm{nullptr};
};
TORCH_MODULE(TemporalBlock);

/// Unit length along the last dimension.
torch::Tensor unit_length(const torch::Tensor& x);

}  // namespace resonance::training
