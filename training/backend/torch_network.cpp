#include "training/backend/torch_network.h"

#include "resonance/core/error.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "training/export/network_export.h"
#include "training/network/network.h"
#include "training/trainer/checkpoint.h"

namespace resonance::training {
namespace {

class TorchNetwork final : public embedding::RunnableNetwork {
 public:
  TorchNetwork(std::filesystem::path file, Network network)
      : file_(std::move(file)), network_(std::move(network)) {
    network_->eval();
  }

  [[nodiscard]] const std::filesystem::path& file() const override { return file_; }

  [[nodiscard]] std::vector<embedding::Tensor> run(std::span<const embedding::NamedInput> inputs,
                                                   std::span<const std::string_view> outputs) const override {
    const torch::NoGradGuard no_grad;
    const NetworkInput input{tensor_of(inputs, "log_mel"), tensor_of(inputs, "chroma"),
                             tensor_of(inputs, "tempogram")};
    NetworkImpl& network = *network_;
    const NetworkOutput said = network.pool(network.trunk(input), segments_of(input.log_mel.size(1)), 1);
    std::vector<embedding::Tensor> result;
    for (const std::string_view name : outputs) {
      const torch::Tensor rows = output_of(network, said, name).to(torch::kFloat).contiguous();
      result.push_back(
          {{1, rows.size(0), rows.size(1)}, {rows.data_ptr<float>(), rows.data_ptr<float>() + rows.numel()}});
    }
    return result;
  }

 private:
  [[nodiscard]] torch::Tensor tensor_of(std::span<const embedding::NamedInput> inputs,
                                        std::string_view name) const {
    const auto found = std::find_if(inputs.begin(), inputs.end(),
                                    [&](const embedding::NamedInput& input) { return input.name == name; });
    if (found == inputs.end()) {
      throw Error(ErrorCode::invalid_argument,
                  "model " + file_.string() + " needs an input " + std::string(name));
    }
    // LibTorch takes what it does not change by a pointer to what it could.
    return torch::from_blob(const_cast<float*>(found->values.data()), found->shape, torch::kFloat);
  }

  [[nodiscard]] torch::Tensor output_of(NetworkImpl& network, const NetworkOutput& said,
                                        std::string_view name) const {
    if (name == "embedding") return said.embedding;
    if (name == "timbre") return said.timbre;
    if (name == "harmony") return said.harmony;
    if (name == "rhythm") return said.rhythm;
    if (name == "gates") return said.gates;
    if (name == "style") return network.target(said.embedding).slice(1, 0, embedding::kStyleDimensions);
    throw Error(ErrorCode::invalid_argument,
                "model " + file_.string() + " has no output " + std::string(name));
  }

  std::filesystem::path file_;
  mutable Network
      network_;  ///< a forward pass in evaluation changes nothing, and is not const by its signature
};

}  // namespace

std::unique_ptr<embedding::Embedder> open_checkpoint(const std::filesystem::path& file) {
  torch::set_num_threads(1);  // workers run side by side
  Network network = load_network(file);
  embedding::ModelContract contract = contract_of(
      *network, {.name = std::string(kNetworkName), .training = "not described", .licence = "not stated"});
  return embedding::make_learned_embedder(std::make_unique<TorchNetwork>(file, std::move(network)),
                                          std::move(contract));
}

}  // namespace resonance::training
