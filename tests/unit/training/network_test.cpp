#include "training/network/network.h"

#include "resonance/core/error.h"
#include "resonance/core/feature_contract.h"

#include <cmath>

#include <gtest/gtest.h>

namespace resonance::training {
namespace {

using torch::Tensor;

NetworkConfig small_config() {
  NetworkConfig config;
  config.stem_channels = 4;
  config.channels = {4, 6, 8};
  config.temporal_channels = 16;
  config.temporal_blocks = 1;
  config.projection = 4;
  config.harmony_channels = {4, 6, 8};
  config.rhythm_lags = 16;
  config.hidden = 16;
  config.timbre_dimensions = 16;
  config.harmony_dimensions = 8;
  config.rhythm_dimensions = 8;
  config.embed_dimensions = 32;
  config.target_dimensions = 5;
  return config;
}

NetworkInput random_input(std::int64_t batch, std::int64_t frames, std::int64_t rows) {
  return {torch::randn({batch, frames, kMelBands}) * 15 - 30, torch::rand({batch, frames, kChromaBins}),
          torch::rand({batch, rows, kTempogramLags})};
}

Network small_network(const NetworkConfig& config = small_config()) {
  torch::manual_seed(1);
  Network network(config);
  {  // statistics of normalisation as after some training
    const torch::NoGradGuard no_grad;
    for (int i = 0; i < 30; ++i) network->forward(random_input(4, 320, 8));
  }
  network->eval();
  return network;
}

double largest(const Tensor& x) { return x.abs().max().item<double>(); }

TEST(Network, every_fusion_gives_unit_vectors_and_gates_that_sum_to_one) {
  for (const FusionMode mode :
       {FusionMode::gated_add, FusionMode::gated_concat, FusionMode::cross_attention}) {
    NetworkConfig config = small_config();
    config.fusion = mode;
    Network network = small_network(config);
    const NetworkOutput output = network->forward(random_input(3, 150, 6));
    EXPECT_EQ(output.embedding.sizes(), (torch::IntArrayRef{3, 32}));
    for (const Tensor& x : {output.embedding, output.timbre, output.harmony, output.rhythm}) {
      EXPECT_NEAR(largest(x.norm(2, 1) - 1), 0, 1e-4);
    }
    EXPECT_NEAR(largest(output.gates.sum(1) - 1), 0, 1e-5);
    EXPECT_GE(output.gates.min().item<double>(), 0);
    EXPECT_EQ(network->target(output.embedding).sizes(), (torch::IntArrayRef{3, 5}));
  }
}

TEST(Network, a_concatenated_score_is_the_gated_sum_of_the_modalities_scores) {
  Network network = small_network();
  const NetworkOutput output = network->forward(random_input(2, 150, 6));
  const auto dot = [](const Tensor& x) { return (x[0] * x[1]).sum(); };
  const Tensor roots = torch::sqrt(output.gates[0] * output.gates[1]);
  const Tensor sum =
      roots[0] * dot(output.timbre) + roots[1] * dot(output.harmony) + roots[2] * dot(output.rhythm);
  EXPECT_NEAR(dot(output.embedding).item<double>(), sum.item<double>(), 1e-5);
}

TEST(Network, a_concatenation_must_fill_the_embedding) {
  NetworkConfig config = small_config();
  config.embed_dimensions = 40;
  EXPECT_THROW(Network{config}, Error);
}

TEST(HarmonyNetwork, transposition_by_any_number_of_bins_changes_nothing) {
  Network network = small_network();
  const Tensor chroma = torch::rand({2, 400, kChromaBins});
  const auto embedding = [&](const Tensor& x) {
    return network->harmony->head(network->harmony->steps(x, torch::kFloat).mean(1));
  };
  const Tensor original = embedding(chroma);
  for (const std::int64_t bins : {1, 2, 4, 10, 14, 22}) {  // 2 bins are a semitone
    EXPECT_LT(largest(embedding(torch::roll(chroma, bins, 2)) - original), 2e-6) << bins;
  }
  EXPECT_GT(largest(embedding(chroma.flip(2)) - original), 1e-4);  // an inversion is other music
}

TEST(HarmonyNetwork, the_first_layer_is_a_circular_convolution) {
  Network network = small_network();
  const Tensor chroma = torch::rand({1, 120, kChromaBins});
  const Tensor a = network->harmony->steps(chroma, torch::kFloat);
  const Tensor b = network->harmony->steps(torch::roll(chroma, 6, 2), torch::kFloat);
  EXPECT_LT(largest(a - b), 1e-4);
}

TEST(RhythmNetwork, lag_bands_are_means_that_cover_every_lag) {
  const Tensor bands = logarithmic_lag_bands(64);
  EXPECT_NEAR(largest(bands.sum(0) - 1), 0, 1e-5);
  EXPECT_GT(bands.slice(0, 8, 319).sum(1).min().item<double>(), 0);
}

TEST(RhythmNetwork, a_small_change_of_tempo_is_a_small_change_on_the_lag_axis) {
  const auto comb = [](double period) {
    Tensor row = torch::zeros({kTempogramLags});
    for (int lag = 0; lag < kTempogramLags; ++lag) {
      row[lag] = 0.5 + 0.5 * std::cos(2 * std::acos(-1.0) * lag / period);
    }
    return torch::matmul(row, logarithmic_lag_bands(64)) - 0.5;
  };
  const auto cosine = [&](double a, double b) {
    return (unit_length(comb(a)) * unit_length(comb(b))).sum().item<double>();
  };
  EXPECT_GT(cosine(25, 25.5), 0.9);
  EXPECT_LT(cosine(25, 35), 0.6);
}

TEST(TimbreNetwork, the_stem_is_a_convolution_with_stride_two) {
  Network network = small_network();
  auto& timbre = *network->timbre;
  NetworkConfig config = small_config();
  const Tensor x = torch::randn({2, 75, kMelBands});
  const Tensor expected =
      torch::relu(torch::conv2d(x.unsqueeze(1), timbre.stem_weight, timbre.stem_bias, 2, 1));
  const Tensor got = timbre.stem(x);
  ASSERT_EQ(got.sizes(), expected.sizes());
  EXPECT_LT(largest(got - expected), 1e-4);
}

TEST(TimbreNetwork, what_lies_too_far_below_a_frames_loudest_band_is_not_heard) {
  Network network = small_network();
  NetworkInput input = random_input(1, 160, 4);
  input.log_mel.select(2, 5).fill_(20.0);
  input.log_mel.select(2, 150).fill_(-55.0);
  const Tensor before = network->forward(input).timbre;
  input.log_mel.select(2, 150).fill_(-95.0);
  EXPECT_LT(largest(network->forward(input).timbre - before), 1e-5);
}

TEST(TimbreNetwork, the_covariance_is_that_of_the_projected_frames) {
  Network network = small_network();
  auto& timbre = *network->timbre;
  const NetworkInput input = random_input(1, 300, 4);  // the last step is cut short
  const Tensor steps = timbre.steps(input.log_mel, torch::kFloat);
  const Tensor weights = pooling_weights(300, TimbreNetworkImpl::kStepFrames, {{0, 300}});
  const Tensor pooled = torch::matmul(weights, steps[0])[0];
  const Tensor x = (timbre.clip(input.log_mel) - timbre.band_mean) / timbre.band_deviation;
  const Tensor projected = timbre.projection(x)[0];
  const std::int64_t at = 2 * 16 + 2 * kMelBands;
  EXPECT_LT(largest(pooled.slice(0, at, at + 4) - projected.mean(0)), 1e-4);
  const Tensor products = torch::matmul(projected.t(), projected) / 300;
  EXPECT_LT(largest(pooled.slice(0, at + 4, at + 20).view({4, 4}) - products), 1e-3);
  EXPECT_LT(largest(pooled.slice(0, 32, 32 + kMelBands) - x[0].mean(0)), 1e-4);
}

TEST(Pooling, weights_are_the_share_of_a_segment_that_a_step_holds) {
  const Tensor weights = pooling_weights(100, 16, {{0, 100}, {8, 40}});
  ASSERT_EQ(weights.sizes(), (torch::IntArrayRef{2, 7}));
  EXPECT_NEAR(largest(weights.sum(1) - 1), 0, 1e-6);
  EXPECT_NEAR(weights[0][6].item<double>(), 0.04, 1e-6);
  EXPECT_NEAR(weights[1][0].item<double>(), 8.0 / 32, 1e-6);
  EXPECT_NEAR(weights[1][2].item<double>(), 8.0 / 32, 1e-6);
  EXPECT_EQ(weights[1][3].item<double>(), 0);
}

TEST(Pooling, segments_are_those_of_the_contract) {
  EXPECT_EQ(segments_of(500).size(), 1U);
  EXPECT_EQ(segments_of(500)[0].last, 500);
  EXPECT_EQ(segments_of(900).size(), 1U);
  EXPECT_EQ(segments_of(1300).size(), 3U);
  EXPECT_EQ(segments_of(1300)[2].first, 400);
}

TEST(Network, the_whole_track_pooled_is_what_forward_gives) {
  Network network = small_network();
  const NetworkInput input = random_input(1, 700, 70);
  const NetworkOutput whole = network->forward(input);
  const NetworkOutput pooled = network->pool(network->trunk(input), segments_of(700), 10);
  EXPECT_LT(largest(whole.embedding - pooled.embedding), 1e-5);
}

// The stated tolerance: steps further than the receptive field from the ends of a segment are the same to
// 1e-4 whether the segment is heard alone or inside of its track, where its start is a multiple of the step;
// of random weights, the embeddings of a whole segment differ by less than 0.02 in cosine (its edges are
// padded when it is heard alone).
TEST(Network, segments_share_the_trunk_with_the_same_result) {
  Network network = small_network();
  const NetworkInput input = random_input(1, 2100, 210);
  const Trunk trunk = network->trunk(input);
  const std::vector<Span> segments = segments_of(2100);
  const NetworkOutput pooled = network->pool(trunk, segments, 10);
  for (const std::size_t i : {2U, 4U}) {
    const Span span = segments[i];
    const NetworkInput alone{input.log_mel.slice(1, span.first, span.last),
                             input.chroma.slice(1, span.first, span.last),
                             input.tempogram.slice(1, span.first / 10, span.last / 10)};
    const Trunk own = network->trunk(alone);
    const std::int64_t first = span.first / TimbreNetworkImpl::kStepFrames;
    constexpr std::int64_t kEdge = 6;  // steps
    const std::int64_t steps = own.timbre.size(1) - kEdge - 1;
    EXPECT_LT(
        largest(own.timbre.slice(1, kEdge, steps) - trunk.timbre.slice(1, first + kEdge, first + steps)),
        1e-4);
    const NetworkOutput by_itself = network->forward(alone);
    const auto row = static_cast<std::int64_t>(i);
    EXPECT_GT((by_itself.embedding[0] * pooled.embedding[row]).sum().item<double>(), 0.98);
  }
}

TEST(Network, bfloat16_says_nearly_the_same) {
  Network network = small_network();
  const NetworkInput input = random_input(4, 150, 6);
  const Tensor exact = network->forward(input).embedding;
  network->compute_in(torch::kBFloat16);
  const Tensor rounded = network->forward(input).embedding;
  EXPECT_GT((exact * rounded).sum(1).min().item<double>(), 0.99);
}

TEST(Network, recomputing_gives_the_same_gradients_and_statistics) {
  const NetworkInput input = random_input(3, 160, 4);
  std::vector<Tensor> gradients[2];
  Tensor statistics[2];
  for (const bool recompute : {false, true}) {
    torch::manual_seed(1);
    Network network(small_config());
    network->timbre->checkpoint_blocks = recompute;
    network->forward(input).embedding.select(1, 0).sum().backward();
    for (const Tensor& parameter : network->parameters()) {
      gradients[recompute].push_back(parameter.grad().defined() ? parameter.grad().clone()
                                                                : torch::zeros({1}));
    }
    statistics[recompute] =
        network->timbre->blocks[0]->as<ResidualBlockImpl>()->first_norm->running_mean.clone();
  }
  for (std::size_t i = 0; i < gradients[0].size(); ++i) {
    EXPECT_LT(largest(gradients[0][i] - gradients[1][i]), 1e-6) << i;
  }
  EXPECT_LT(largest(statistics[0] - statistics[1]), 1e-7);
}

TEST(Normalisation, over_ranks_of_one_it_is_batch_normalisation) {
  Normalisation plain(6);
  Normalisation synchronised(6);
  synchronised->synchronise([](const Tensor& x) { return x; });
  const Tensor x = torch::randn({4, 6, 5, 3}) * 3 + 1;
  EXPECT_LT(largest(plain(x) - synchronised(x)), 1e-5);
  EXPECT_LT(largest(plain->running_variance - synchronised->running_variance), 1e-5);
}

}  // namespace
}  // namespace resonance::training
