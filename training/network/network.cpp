#include "training/network/network.h"

namespace resonance::training {
namespace {

/// Means over everything, each step by how much of it there is.
torch::Tensor pooled_whole(const torch::Tensor& steps, std::int64_t frames, std::int64_t step) {
  const torch::Tensor weights = pooling_weights(frames, step, {{0, frames}}).to(steps.device());
  return torch::matmul(weights, steps).squeeze(1);
}

}  // namespace

NetworkImpl::NetworkImpl(const NetworkConfig& config) : config_(config) {
  timbre = register_module("timbre", TimbreNetwork(config));
  harmony = register_module("harmony", HarmonyNetwork(config));
  rhythm = register_module("rhythm", RhythmNetwork(config));
  fusion = register_module("fusion", Fusion(config));
  if (config.target_dimensions > 0) {
    target_head =
        register_module("target_head", torch::nn::Linear(config.embed_dimensions, config.target_dimensions));
  }
}

Trunk NetworkImpl::trunk(const NetworkInput& input) {
  return {timbre->steps(input.log_mel, compute_type_), harmony->steps(input.chroma, compute_type_),
          rhythm->steps(input.tempogram), input.log_mel.size(1), input.chroma.size(1)};
}

NetworkOutput NetworkImpl::heads(const torch::Tensor& timbre_pooled, const torch::Tensor& harmony_pooled,
                                 const torch::Tensor& rhythm_pooled) {
  NetworkOutput output;
  output.timbre = timbre->head(timbre_pooled);
  output.harmony = harmony->head(harmony_pooled);
  output.rhythm = rhythm->head(rhythm_pooled);
  const Fused fused = fusion(output.timbre, output.harmony, output.rhythm);
  output.embedding = fused.embedding;
  output.gates = fused.gates;
  return output;
}

NetworkOutput NetworkImpl::forward(const NetworkInput& input) {
  const Trunk steps = trunk(input);
  return heads(pooled_whole(steps.timbre, steps.frames, TimbreNetworkImpl::kStepFrames),
               pooled_whole(steps.harmony, steps.chroma_frames, HarmonyNetworkImpl::kStepFrames),
               steps.rhythm.mean(1));
}

NetworkOutput NetworkImpl::pool(const Trunk& trunk, const std::vector<Span>& segments,
                                std::int64_t rhythm_step) {
  const auto means = [&](const torch::Tensor& steps, std::int64_t frames, std::int64_t step) {
    return torch::matmul(pooling_weights(frames, step, segments).to(steps.device()), steps[0]);
  };
  return heads(means(trunk.timbre, trunk.frames, TimbreNetworkImpl::kStepFrames),
               means(trunk.harmony, trunk.chroma_frames, HarmonyNetworkImpl::kStepFrames),
               means(trunk.rhythm, trunk.rhythm.size(1) * rhythm_step, rhythm_step));
}

torch::Tensor NetworkImpl::target(const torch::Tensor& embedding) {
  return unit_length(target_head(embedding));
}

void NetworkImpl::synchronise(const SumOverRanks& sum) {
  apply([&sum](torch::nn::Module& module) {
    if (auto* norm = dynamic_cast<NormalisationImpl*>(&module)) norm->synchronise(sum);
  });
}

}  // namespace resonance::training
