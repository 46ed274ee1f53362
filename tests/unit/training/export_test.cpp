// What is exported must be the network that was trained.
#include "resonance/core/error.h"
#include "resonance/core/feature_contract.h"
#include "resonance/embedding/embedder.h"
#include "resonance/embedding/model_contract.h"
#include "resonance/embedding/onnx_model.h"

#include <array>
#include <random>

#include <gtest/gtest.h>

#include "training/export/network_export.h"
#include "training/export/quantise.h"
#include "training/export/verify.h"

namespace resonance::training {
namespace {

NetworkConfig small_network(FusionMode fusion) {
  NetworkConfig config;
  config.stem_channels = 8;
  config.channels = {8, 16, 16};
  config.temporal_channels = 24;
  config.temporal_blocks = 1;
  config.projection = 5;
  config.harmony_channels = {8, 8, 16};
  config.hidden = 32;
  config.fusion = fusion;
  return config;
}

/// A network whose normalisations have statistics and weights of their own, as after training.
Network some_network(FusionMode fusion) {
  torch::manual_seed(3);
  Network network(small_network(fusion));
  const torch::NoGradGuard no_grad;
  network->apply([](torch::nn::Module& module) {
    auto* norm = dynamic_cast<NormalisationImpl*>(&module);
    if (norm == nullptr) return;
    norm->running_mean.uniform_(-0.3, 0.3);
    norm->running_variance.uniform_(0.5, 2.0);
    norm->weight.uniform_(0.5, 1.5);
    norm->bias.uniform_(-0.2, 0.2);
  });
  network->fusion->gate->weight.uniform_(-1, 1);
  network->eval();
  return network;
}

embedding::ModelContract some_contract() {
  embedding::ModelContract contract;
  contract.name = "test";
  contract.training = "-";
  contract.licence = "-";
  return contract;
}

ModelInputs random_inputs(std::int64_t frames, std::uint32_t seed) {
  std::mt19937 random(seed);
  std::uniform_real_distribution<float> unit(0, 1);
  const auto values = [&](std::int64_t columns, float low, float high) {
    std::vector<float> result(static_cast<std::size_t>(frames * columns));
    for (float& value : result) value = low + (high - low) * unit(random);
    return result;
  };
  return {values(kMelBands, -90, 10), values(kChromaBins, 0, 1), values(kTempogramLags, 0, 1), frames};
}

embedding::OnnxModel opened(const onnx::ModelProto& model) {
  const std::string bytes = sealed_bytes(model);
  embedding::require_whole_model(bytes, "exported");
  return {"exported", bytes};
}

class ExportOfFusion : public ::testing::TestWithParam<FusionMode> {};

TEST_P(ExportOfFusion, gives_the_network_s_numbers_for_tracks_of_any_length) {
  Network network = some_network(GetParam());
  const embedding::OnnxModel model = opened(export_network(*network, contract_of(*network, some_contract())));
  // One segment; several; and lengths that no step divides.
  for (const std::int64_t frames : {900, 1101, 1717}) {
    const Agreement agreement = compare(*network, model, {random_inputs(frames, 1)});
    EXPECT_EQ(agreement.segments, static_cast<std::size_t>(segment_count(frames)));
    EXPECT_LT(agreement.mean_absolute_error, 1e-5) << frames;
    EXPECT_LT(agreement.largest_error, 1e-4) << frames;
    EXPECT_GT(agreement.least_cosine, 0.9999) << frames;
    EXPECT_GT(agreement.least_part_cosine, 0.9999) << frames;
    EXPECT_LT(agreement.largest_gate_error, 1e-4) << frames;
  }
  const embedding::ModelContract contract = embedding::read_contract(model.metadata(), "exported");
  EXPECT_EQ(contract.fusion, name_of(GetParam()));
  EXPECT_EQ(contract.id, weights_id(*network));
}

INSTANTIATE_TEST_SUITE_P(fusions, ExportOfFusion,
                         ::testing::Values(FusionMode::gated_concat, FusionMode::gated_add,
                                           FusionMode::cross_attention),
                         [](const auto& mode) { return name_of(mode.param); });

TEST(Export, gives_the_style_that_teachers_left_if_they_left_enough) {
  NetworkConfig config = small_network(FusionMode::gated_concat);
  config.target_dimensions = 100;
  EXPECT_EQ(contract_of(*Network(config), some_contract()).style_dimensions, 0U);
  config.target_dimensions = 150;
  torch::manual_seed(3);
  Network taught(config);
  const embedding::OnnxModel model = opened(export_network(*taught, contract_of(*taught, some_contract())));
  EXPECT_EQ(embedding::read_contract(model.metadata(), "exported").style_dimensions,
            embedding::kStyleDimensions);
  const Agreement agreement = compare(*taught, model, {random_inputs(1717, 1)});
  EXPECT_GT(agreement.least_part_cosine, 0.9999);
  const ModelInputs heard = random_inputs(1100, 2);
  constexpr std::array<std::string_view, 1> kStyle{"style"};
  const std::vector<embedding::Tensor> found = model.run(heard.named(), kStyle);
  EXPECT_EQ(found[0].values.size(), 2 * embedding::kStyleDimensions);
}

TEST(Quantise, keeps_the_embedding_and_says_so_in_the_contract) {
  Network network = some_network(FusionMode::gated_concat);
  const onnx::ModelProto model = export_network(*network, contract_of(*network, some_contract()));
  const std::vector<ModelInputs> heard{random_inputs(1700, 1), random_inputs(1700, 2)};
  const embedding::OnnxModel small = opened(quantise(model, heard));
  const Agreement agreement = compare(*network, small, {random_inputs(1700, 9)});
  EXPECT_GT(agreement.mean_cosine, 0.995);
  EXPECT_GT(agreement.largest_error, 1e-6) << "nothing was quantised";
  const embedding::ModelContract contract = embedding::read_contract(small.metadata(), "exported");
  EXPECT_EQ(contract.precision, "int8");
  EXPECT_EQ(contract.id, weights_id(*network));
  EXPECT_THROW((void)quantise(model, {}), Error);
}

TEST(WeightsId, differs_where_one_weight_does) {
  Network network = some_network(FusionMode::gated_concat);
  const std::string before = weights_id(*network);
  EXPECT_EQ(weights_id(*network), before);
  const torch::NoGradGuard no_grad;
  network->fusion->gate->bias[1] += 1e-3;
  EXPECT_NE(weights_id(*network), before);
}

}  // namespace
}  // namespace resonance::training
