#include "training/network/layers.h"

#include <cmath>
#include <vector>

namespace resonance::training {
namespace {

constexpr double kMomentum = 0.1;
constexpr double kEpsilon = 1e-5;

}  // namespace

torch::Tensor cast_linear(const torch::Tensor& x, const torch::nn::Linear& layer) {
  const auto type = x.scalar_type();
  return torch::linear(x, layer->weight.to(type),
                       layer->bias.defined() ? layer->bias.to(type) : torch::Tensor());
}

ConvolutionImpl::ConvolutionImpl(const Shape& shape) : shape_(shape) {
  // He et al. 2015: the variance of a ReLU network's activations stays the same.
  const auto fan_in = static_cast<double>(shape.in * shape.rows * shape.cols);
  weight = register_parameter(
      "weight", torch::randn({shape.out, shape.in, shape.rows, shape.cols}) * std::sqrt(2.0 / fan_in));
}

torch::Tensor ConvolutionImpl::forward(const torch::Tensor& x) {
  return torch::conv2d(x, weight.to(x.scalar_type()).contiguous(torch::MemoryFormat::ChannelsLast), {},
                       {shape_.row_stride, shape_.col_stride},
                       torch::IntArrayRef{shape_.row_padding, shape_.col_padding});
}

NormalisationImpl::NormalisationImpl(std::int64_t channels) {
  weight = register_parameter("weight", torch::ones({channels}));
  bias = register_parameter("bias", torch::zeros({channels}));
  running_mean = register_buffer("running_mean", torch::zeros({channels}));
  running_variance = register_buffer("running_variance", torch::ones({channels}));
}

torch::Tensor NormalisationImpl::forward(const torch::Tensor& x) {
  if (is_training() && sum_over_ranks_) return synchronised(x);
  const double momentum = frozen_ ? 0.0 : kMomentum;
  return torch::batch_norm(x, weight, bias, running_mean, running_variance, is_training(), momentum, kEpsilon,
                           /*cudnn_enabled=*/true);
}

torch::Tensor NormalisationImpl::synchronised(const torch::Tensor& x) {
  const std::int64_t channels = x.size(1);
  const torch::Tensor wide = x.to(torch::kFloat);
  std::vector<std::int64_t> others;
  for (std::int64_t i = 0; i < x.dim(); ++i) {
    if (i != 1) others.push_back(i);
  }
  const auto local_count = static_cast<double>(x.numel() / channels);
  const torch::Tensor sums = sum_over_ranks_(torch::cat(
      {wide.sum(others), (wide * wide).sum(others), torch::full({1}, local_count, wide.options())}));
  const torch::Tensor count = sums.slice(0, 2 * channels);
  const torch::Tensor mean = sums.slice(0, 0, channels) / count;
  const torch::Tensor variance = torch::relu(sums.slice(0, channels, 2 * channels) / count - mean * mean);
  if (!frozen_) {
    const torch::NoGradGuard no_grad;
    running_mean.lerp_(mean, kMomentum);
    running_variance.lerp_(variance * count / (count - 1).clamp_min(1), kMomentum);
  }
  std::vector<std::int64_t> shape(static_cast<std::size_t>(x.dim()), 1);
  shape[1] = channels;
  const torch::Tensor scale = weight * torch::rsqrt(variance + kEpsilon);
  return (wide * scale.view(shape) + (bias - mean * scale).view(shape)).to(x.scalar_type());
}

ResidualBlockImpl::ResidualBlockImpl(std::int64_t in, std::int64_t out) {
  first = register_module(
      "first", Convolution(ConvolutionImpl::Shape{.in = in, .out = out, .row_stride = 2, .col_stride = 2}));
  second = register_module("second", Convolution(ConvolutionImpl::Shape{.in = out, .out = out}));
  shortcut = register_module("shortcut", Convolution(ConvolutionImpl::Shape{.in = in,
                                                                            .out = out,
                                                                            .rows = 1,
                                                                            .cols = 1,
                                                                            .row_stride = 2,
                                                                            .col_stride = 2,
                                                                            .row_padding = 0,
                                                                            .col_padding = 0}));
  first_norm = register_module("first_norm", Normalisation(out));
  second_norm = register_module("second_norm", Normalisation(out));
  shortcut_norm = register_module("shortcut_norm", Normalisation(out));
}

torch::Tensor ResidualBlockImpl::forward(const torch::Tensor& x) {
  const torch::Tensor inner = first_norm(first(x)).relu_();
  return (second_norm(second(inner)) + shortcut_norm(shortcut(x))).relu_();
}

TemporalBlockImpl::TemporalBlockImpl(std::int64_t channels) {
  const ConvolutionImpl::Shape shape{
      .in = channels, .out = channels, .rows = 3, .cols = 1, .row_padding = 1, .col_padding = 0};
  first = register_module("first", Convolution(shape));
  second = register_module("second", Convolution(shape));
  first_norm = register_module("first_norm", Normalisation(channels));
  second_norm = register_module("second_norm", Normalisation(channels));
}

torch::Tensor over_three_steps(const torch::Tensor& x, const Convolution& convolution) {
  const std::int64_t steps = x.size(1);
  const torch::Tensor padded = torch::constant_pad_nd(x, {0, 0, 1, 1});
  const torch::Tensor neighbours =
      torch::cat({padded.slice(1, 0, steps), x, padded.slice(1, 2, steps + 2)}, 2);
  const torch::Tensor weight = convolution->weight.squeeze(3).permute({0, 2, 1}).flatten(1);  // C' x 3 C
  return torch::linear(neighbours, weight.to(x.scalar_type()));
}

torch::Tensor normalised_last(const torch::Tensor& x, Normalisation& normalisation) {
  return normalisation(x.flatten(0, 1)).view(x.sizes());
}

torch::Tensor TemporalBlockImpl::forward(const torch::Tensor& x) {
  const torch::Tensor inner = normalised_last(over_three_steps(x, first), first_norm).relu_();
  return (normalised_last(over_three_steps(inner, second), second_norm) + x).relu_();
}

torch::Tensor unit_length(const torch::Tensor& x) { return x / torch::sqrt((x * x).sum(-1, true) + 1e-12); }

}  // namespace resonance::training
