#include "training/network/harmony_network.h"

#include "resonance/core/feature_contract.h"

#include <cmath>
#include <vector>

#include "training/network/pooling.h"

namespace resonance::training {
namespace {

constexpr std::int64_t kReach = 2;  ///< bins on either side of a kernel of five

ConvolutionImpl::Shape layer(std::int64_t in, std::int64_t out) {
  return {.in = in,
          .out = out,
          .rows = 5,
          .cols = 2 * kReach + 1,
          .row_stride = 2,
          .row_padding = 2,
          .col_padding = 0};
}

torch::Tensor turn_indices() {
  std::vector<std::int64_t> indices;
  for (std::int64_t bin = 0; bin < kChromaBins; ++bin) {
    for (std::int64_t turn = 0; turn < kChromaBins; ++turn) {
      indices.push_back((bin - turn + kChromaBins) % kChromaBins);
    }
  }
  return torch::tensor(indices, torch::kLong);
}

}  // namespace

torch::Tensor circular_padding(const torch::Tensor& x, std::int64_t width) {
  const std::int64_t size = x.size(-1);
  return torch::cat({x.slice(-1, size - width, size), x, x.slice(-1, 0, width)}, -1);
}

HarmonyNetworkImpl::HarmonyNetworkImpl(const NetworkConfig& config)
    : pooled_size_(2 * config.harmony_channels.at(2)) {
  const auto& channels = config.harmony_channels;
  first_weight = register_parameter(
      "first_weight", torch::randn({channels.at(0), 3, kChromaBins}) * std::sqrt(2.0 / (3 * kChromaBins)));
  turns_ = register_buffer("turns", turn_indices());
  first_norm = register_module("first_norm", Normalisation(channels[0]));
  second = register_module("second", Convolution(layer(channels[0], channels[1])));
  second_norm = register_module("second_norm", Normalisation(channels[1]));
  third = register_module("third", Convolution(layer(channels[1], channels[2])));
  third_norm = register_module("third_norm", Normalisation(channels[2]));
  pooled_norm = register_module("pooled_norm", Normalisation(2 * pooled_size_));
  hidden = register_module("hidden", torch::nn::Linear(2 * pooled_size_, config.hidden));
  out = register_module("out", torch::nn::Linear(config.hidden, config.harmony_dimensions));
}

/// A circular convolution whose kernel is the whole octave, as one matrix product: each weight is laid out at
/// all its 24 turns. @param x  B x S x 24 @return B x C x S x 24, channels last in memory
torch::Tensor HarmonyNetworkImpl::circular_first(const torch::Tensor& x) const {
  const std::int64_t steps = x.size(1);
  const torch::Tensor padded = torch::constant_pad_nd(x, {0, 0, 1, 1});
  const torch::Tensor neighbours = torch::cat(
      {padded.slice(1, 0, steps), padded.slice(1, 1, steps + 1), padded.slice(1, 2, steps + 2)}, 2);
  const std::int64_t channels = first_weight.size(0);
  // (C, 3, bin, turn) -> (turn, C) x (3, bin)
  const torch::Tensor turned = first_weight.index_select(2, turns_)
                                   .view({channels, 3, kChromaBins, kChromaBins})
                                   .permute({3, 0, 1, 2});
  const torch::Tensor weight = turned.reshape({kChromaBins * channels, 3 * kChromaBins}).to(x.scalar_type());
  return torch::linear(neighbours, weight)
      .view({x.size(0), steps, kChromaBins, channels})
      .permute({0, 3, 1, 2});
}

torch::Tensor HarmonyNetworkImpl::steps(const torch::Tensor& chroma, torch::ScalarType compute_type) {
  const torch::Tensor x = mean_over_steps(chroma, kBaseFrames).to(compute_type);
  torch::Tensor y = first_norm(circular_first(x)).relu_();
  y = second_norm(second(circular_padding(y, kReach))).relu_();
  y = third_norm(third(circular_padding(y, kReach))).relu_();
  y = y.to(torch::kFloat);
  const torch::Tensor values = torch::cat({y.mean(3), y.amax(3)}, 1).transpose(1, 2);
  return torch::cat({values, values * values}, 2);
}

torch::Tensor HarmonyNetworkImpl::head(const torch::Tensor& pooled) {
  const torch::Tensor mean = pooled.slice(1, 0, pooled_size_);
  const torch::Tensor spread = deviation(mean, pooled.slice(1, pooled_size_, 2 * pooled_size_));
  return unit_length(out(torch::relu(hidden(pooled_norm(torch::cat({mean, spread}, 1))))));
}

}  // namespace resonance::training
