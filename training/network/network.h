#pragma once

#include <cstdint>
#include <vector>

#include <torch/torch.h>

#include "training/network/fusion.h"
#include "training/network/harmony_network.h"
#include "training/network/network_config.h"
#include "training/network/pooling.h"
#include "training/network/rhythm_network.h"
#include "training/network/timbre_network.h"

namespace resonance::training {

/// What the network hears. T, T' and R may differ from each other; dB, [0, 1], [0, 1].
struct NetworkInput {
  torch::Tensor log_mel;    ///< B x T x 160
  torch::Tensor chroma;     ///< B x T' x 24
  torch::Tensor tempogram;  ///< B x R x 320
};

/// Values along time whose means over a segment are all that the heads need: the convolutions run once over a
/// track, whatever segments are wanted of it.
struct Trunk {
  torch::Tensor timbre;            ///< B x S x D, a step every 16 frames
  torch::Tensor harmony;           ///< B x S' x D', a step every 40 frames
  torch::Tensor rhythm;            ///< B x R x D''
  std::int64_t frames = 0;         ///< T
  std::int64_t chroma_frames = 0;  ///< T'
};

struct NetworkOutput {
  torch::Tensor embedding;  ///< R x 512, unit length, as are the three parts
  torch::Tensor timbre;     ///< R x 256
  torch::Tensor harmony;    ///< R x 128
  torch::Tensor rhythm;     ///< R x 128
  torch::Tensor gates;      ///< R x 3: timbre, harmony, rhythm; rows sum to 1
};

/// The learned embedding: three backbones, fused. Not thread-safe while training.
class NetworkImpl : public torch::nn::Module {
 public:
  explicit NetworkImpl(const NetworkConfig& config);

  /// One vector an example, of all that was heard of it.
  NetworkOutput forward(const NetworkInput& input);

  Trunk trunk(const NetworkInput& input);
  /// One vector a segment of a single track (B = 1).
  /// @param rhythm_step  frames between the tempogram's rows
  NetworkOutput pool(const Trunk& trunk, const std::vector<Span>& segments, std::int64_t rhythm_step);

  /// What the embedding says in the teachers' words: R x target_dimensions, unit length.
  torch::Tensor target(const torch::Tensor& embedding);

  /// What convolutions compute in; weights, statistics and everything after pooling stay float32.
  void compute_in(torch::ScalarType type) { compute_type_ = type; }
  /// Statistics of normalisation over all ranks.
  void synchronise(const SumOverRanks& sum);
  [[nodiscard]] const NetworkConfig& config() const { return config_; }

  TimbreNetwork timbre{nullptr};
  HarmonyNetwork harmony{nullptr};
  RhythmNetwork rhythm{nullptr};
  Fusion fusion{nullptr};
  torch::nn::Linear target_head{nullptr};

 private:
  NetworkOutput heads(const torch::Tensor& timbre_pooled, const torch::Tensor& harmony_pooled,
                      const torch::Tensor& rhythm_pooled);

  NetworkConfig config_;
  torch::ScalarType compute_type_ = torch::kFloat;
};
TORCH_MODULE(Network);

}  // namespace resonance::training
