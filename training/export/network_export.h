#pragma once

#include "resonance/embedding/model_contract.h"

#include <onnx/onnx_pb.h>

#include "training/network/network.h"

namespace resonance::training {

/// What a network is called to which nobody has given a name.
inline constexpr std::string_view kNetworkName = "network";

/// What a file of this network says of itself: dimensions, fusion, id, and style if teachers left one of at
/// least embedding::kStyleDimensions components.
/// @param named  with name, training and licence
embedding::ModelContract contract_of(const NetworkImpl& network, embedding::ModelContract named);

/// The network as an ONNX graph of opset 17 with dynamic batch and time, what
/// embedding::open_learned_embedder expects: whole features in, one row a segment out; normalisation is
/// folded into the weights before it, and the trunk is computed once whatever segments overlap. Inputs of at
/// least kSegmentFrames frames.
/// @param network  is switched to evaluation
/// @param contract  of contract_of(); without style_dimensions the graph has no style
/// @throws Error(internal) if ONNX's checker objects
onnx::ModelProto export_network(NetworkImpl& network, const embedding::ModelContract& contract);

/// 8 hexadecimal digits that differ where weights differ.
std::string weights_id(const torch::nn::Module& network);

/// Sealed bytes for a file (embedding::seal_model).
std::string sealed_bytes(const onnx::ModelProto& model);

}  // namespace resonance::training
