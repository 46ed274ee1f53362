#include "training/network/fusion.h"

#include "resonance/core/error.h"

#include <cmath>
#include <string>

#include "training/network/layers.h"

namespace resonance::training {
namespace {

constexpr std::int64_t kToken = 256;

}  // namespace

std::string name_of(FusionMode mode) {
  if (mode == FusionMode::gated_add) return "gated_add";
  return mode == FusionMode::gated_concat ? "gated_concat" : "cross_attention";
}

FusionImpl::FusionImpl(const NetworkConfig& config) : config_(config) {
  const std::int64_t parts[] = {config.timbre_dimensions, config.harmony_dimensions,
                                config.rhythm_dimensions};
  const std::int64_t total = parts[0] + parts[1] + parts[2];
  gate = register_module("gate", torch::nn::Linear(total, 3));
  torch::nn::init::zeros_(gate->weight);
  torch::nn::init::zeros_(gate->bias);
  if (config.fusion == FusionMode::gated_concat) {
    if (total != config.embed_dimensions) {
      throw Error(ErrorCode::invalid_argument,
                  "gated_concat needs parts that fill the embedding: " + std::to_string(total) + " is not " +
                      std::to_string(config.embed_dimensions));
    }
    return;
  }
  const bool adds = config.fusion == FusionMode::gated_add;
  const std::int64_t width = adds ? config.embed_dimensions : kToken;
  timbre_in = register_module("timbre_in", torch::nn::Linear(parts[0], width));
  harmony_in = register_module("harmony_in", torch::nn::Linear(parts[1], width));
  rhythm_in = register_module("rhythm_in", torch::nn::Linear(parts[2], width));
  if (adds) return;
  query = register_module("query", torch::nn::Linear(kToken, kToken));
  key = register_module("key", torch::nn::Linear(kToken, kToken));
  value = register_module("value", torch::nn::Linear(kToken, kToken));
  out = register_module("out", torch::nn::Linear(3 * kToken, config.embed_dimensions));
}

Fused FusionImpl::forward(const torch::Tensor& timbre, const torch::Tensor& harmony,
                          const torch::Tensor& rhythm) {
  const torch::Tensor raw = torch::sigmoid(gate(torch::cat({timbre, harmony, rhythm}, 1)));
  const torch::Tensor gates = raw / raw.sum(1, true);
  const auto share = [&](std::int64_t i) { return gates.slice(1, i, i + 1); };
  if (config_.fusion == FusionMode::gated_concat) {
    const torch::Tensor joined = torch::cat(
        {timbre * torch::sqrt(share(0)), harmony * torch::sqrt(share(1)), rhythm * torch::sqrt(share(2))}, 1);
    return {unit_length(joined), gates};
  }
  const torch::Tensor parts[] = {timbre_in(timbre) * share(0), harmony_in(harmony) * share(1),
                                 rhythm_in(rhythm) * share(2)};
  if (config_.fusion == FusionMode::gated_add) return {unit_length(parts[0] + parts[1] + parts[2]), gates};
  const torch::Tensor tokens = torch::stack({parts[0], parts[1], parts[2]}, 1);  // R x 3 x token
  const torch::Tensor scores =
      torch::matmul(query(tokens), key(tokens).transpose(1, 2)) / std::sqrt(static_cast<double>(kToken));
  const torch::Tensor answered = tokens + torch::matmul(torch::softmax(scores, 2), value(tokens));
  return {unit_length(out(answered.flatten(1))), gates};
}

}  // namespace resonance::training
