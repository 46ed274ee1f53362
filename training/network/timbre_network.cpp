#include "training/network/timbre_network.h"

#include "resonance/core/feature_contract.h"

#include <cmath>
#include <vector>

#include "training/network/checkpointing.h"
#include "training/network/pooling.h"

namespace resonance::training {
namespace {

std::int64_t rows_left(std::int64_t rows, std::size_t halvings) {
  for (std::size_t i = 0; i < halvings; ++i) rows = (rows + 1) / 2;
  return rows;
}

torch::Tensor upper_triangle_indices(std::int64_t size) {
  std::vector<std::int64_t> indices;
  for (std::int64_t i = 0; i < size; ++i) {
    for (std::int64_t j = i; j < size; ++j) indices.push_back(i * size + j);
  }
  return torch::tensor(indices, torch::kLong);
}

}  // namespace

TimbreNetworkImpl::TimbreNetworkImpl(const NetworkConfig& config) : config_(config) {
  band_mean = register_buffer("band_mean", torch::full({kMelBands}, -30.0));
  band_deviation = register_buffer("band_deviation", torch::full({kMelBands}, 15.0));
  stem_weight =
      register_parameter("stem_weight", torch::randn({config.stem_channels, 1, 3, 3}) * std::sqrt(2.0 / 9));
  stem_bias = register_parameter("stem_bias", torch::zeros({config.stem_channels}));
  std::int64_t channels = config.stem_channels;
  for (const std::int64_t out : config.channels) {
    blocks->push_back(ResidualBlock(channels, out));
    channels = out;
  }
  register_module("blocks", blocks);
  const std::int64_t rows = rows_left(kMelBands, config.channels.size() + 1);
  squeeze = register_module("squeeze", Convolution(ConvolutionImpl::Shape{.in = channels,
                                                                          .out = config.temporal_channels,
                                                                          .rows = 1,
                                                                          .cols = rows,
                                                                          .row_padding = 0,
                                                                          .col_padding = 0}));
  squeeze_norm = register_module("squeeze_norm", Normalisation(config.temporal_channels));
  for (std::int64_t i = 0; i < config.temporal_blocks; ++i) {
    temporal->push_back(TemporalBlock(config.temporal_channels));
  }
  register_module("temporal", temporal);
  pooled_norm = register_module("pooled_norm", Normalisation(2 * config.temporal_channels));
  pooled_out = register_module("pooled_out",
                               torch::nn::Linear(2 * config.temporal_channels, config.timbre_dimensions));
  if (config.projection > 0) {
    const std::int64_t size = config.projection;
    projection = register_module("projection",
                                 torch::nn::Linear(torch::nn::LinearOptions(kMelBands, size).bias(false)));
    upper_triangle_ = register_buffer("upper_triangle", upper_triangle_indices(size));
    const std::int64_t statistics = 2 * kMelBands + size * (size + 1) / 2;
    statistics_norm = register_module("statistics_norm", Normalisation(statistics));
    statistics_out =
        register_module("statistics_out", torch::nn::Linear(statistics, config.timbre_dimensions));
  }
}

void TimbreNetworkImpl::set_statistics(const torch::Tensor& mean, const torch::Tensor& standard_deviation) {
  const torch::NoGradGuard no_grad;
  band_mean.copy_(mean);
  band_deviation.copy_(standard_deviation.clamp_min(1.0));
}

torch::Tensor TimbreNetworkImpl::clip(const torch::Tensor& log_mel) const {
  torch::Tensor x = log_mel.clamp_min(kFloorDb);
  if (config_.range_db > 0) x = torch::maximum(x, x.amax(-1, true) - config_.range_db);
  return x;
}

/// A 3 x 3 convolution with stride 2 of one channel, as the matrix product of its nine shifted inputs: with a
/// single channel that is several times as fast. The result lies in memory with channels last, as the blocks
/// want it.
torch::Tensor TimbreNetworkImpl::stem(const torch::Tensor& x) const {
  const std::int64_t frames = (x.size(1) + 1) / 2;
  const std::int64_t bands = (x.size(2) + 1) / 2;
  const torch::Tensor padded = torch::constant_pad_nd(x, {1, 1, 1, 1});
  std::vector<torch::Tensor> shifted;
  for (std::int64_t row = 0; row < 3; ++row) {
    for (std::int64_t col = 0; col < 3; ++col) {
      shifted.push_back(padded.slice(1, row, row + 2 * frames - 1, 2).slice(2, col, col + 2 * bands - 1, 2));
    }
  }
  const torch::Tensor patches = torch::stack(shifted, -1);
  const torch::Tensor weight = stem_weight.view({-1, 9}).to(x.scalar_type());
  return torch::linear(patches, weight, stem_bias.to(x.scalar_type())).relu_().permute({0, 3, 1, 2});
}

torch::Tensor TimbreNetworkImpl::steps(const torch::Tensor& log_mel, torch::ScalarType compute_type) {
  const torch::Tensor x = (clip(log_mel) - band_mean) / band_deviation;
  torch::Tensor y = stem(x.to(compute_type));
  for (const auto& module : *blocks) {
    const auto block = std::dynamic_pointer_cast<ResidualBlockImpl>(module);
    y = checkpoint_blocks && is_training()
            ? checkpointed(
                  *block, [block](const torch::Tensor& in) { return block->forward(in); }, y)
            : block->forward(y);
  }
  // The rows of frequency that are left become channels: a convolution over all of them, as a matrix product.
  const torch::Tensor flat = y.permute({0, 2, 3, 1}).flatten(2);  // B x S x (rows, channels)
  const torch::Tensor weight = squeeze->weight.permute({0, 2, 3, 1}).flatten(1).to(y.scalar_type());
  y = normalised_last(torch::linear(flat, weight), squeeze_norm).relu_();
  for (const auto& module : *temporal) y = std::dynamic_pointer_cast<TemporalBlockImpl>(module)->forward(y);
  const torch::Tensor deep = y.to(torch::kFloat);  // B x S x C
  std::vector<torch::Tensor> parts = {deep, deep * deep};
  if (config_.projection > 0) {
    parts.push_back(mean_over_steps(x, kStepFrames));
    parts.push_back(mean_over_steps(x * x, kStepFrames));
    const torch::Tensor projected = projection(x);
    parts.push_back(mean_over_steps(projected, kStepFrames));
    // Mean over a step's frames of the outer product with itself.
    const std::int64_t frames = x.size(1);
    const std::int64_t count = deep.size(1);
    const torch::Tensor padded = torch::constant_pad_nd(projected, {0, 0, 0, count * kStepFrames - frames});
    const torch::Tensor grouped = padded.reshape({x.size(0), count, kStepFrames, config_.projection});
    torch::Tensor products = torch::matmul(grouped.transpose(2, 3), grouped).flatten(2);
    torch::Tensor counts = torch::full({1, count, 1}, static_cast<double>(kStepFrames), x.options());
    counts.select(1, count - 1).fill_(static_cast<double>(frames - (count - 1) * kStepFrames));
    parts.push_back(products / counts);
  }
  return torch::cat(parts, 2);
}

torch::Tensor TimbreNetworkImpl::head(const torch::Tensor& pooled) {
  const std::int64_t deep = config_.temporal_channels;
  const torch::Tensor mean = pooled.slice(1, 0, deep);
  const torch::Tensor spread = deviation(mean, pooled.slice(1, deep, 2 * deep));
  torch::Tensor out = pooled_out(pooled_norm(torch::cat({mean, spread}, 1)));
  if (config_.projection > 0) {
    const std::int64_t size = config_.projection;
    std::int64_t at = 2 * deep;
    const torch::Tensor band_means = pooled.slice(1, at, at + kMelBands);
    const torch::Tensor band_spread =
        deviation(band_means, pooled.slice(1, at + kMelBands, at + 2 * kMelBands));
    at += 2 * kMelBands;
    const torch::Tensor centre = pooled.slice(1, at, at + size);
    const torch::Tensor products = pooled.slice(1, at + size, at + size + size * size);
    const torch::Tensor outer = (centre.unsqueeze(2) * centre.unsqueeze(1)).flatten(1);
    const torch::Tensor covariance = (products - outer).index_select(1, upper_triangle_);
    // The root evens out strong and weak directions; where it is steepest, at zero, it is a line.
    const torch::Tensor rooted = covariance / torch::sqrt(covariance.abs() + 1e-3);
    out = out + statistics_out(statistics_norm(torch::cat({band_means, band_spread, rooted}, 1)));
  }
  return unit_length(out);
}

}  // namespace resonance::training
