#pragma once

#include "resonance/embedding/onnx_model.h"

#include <functional>
#include <vector>

#include <onnx/onnx_pb.h>

namespace resonance::training {

/// The inputs of one forward pass, whole features of a stretch of a track.
struct ModelInputs {
  std::vector<float> log_mel;    ///< T x 160
  std::vector<float> chroma;     ///< T x 24
  std::vector<float> tempogram;  ///< T x 320
  std::int64_t frames = 0;       ///< T

  [[nodiscard]] std::vector<embedding::NamedInput> named() const;
};

/// Static quantisation of the convolutions in QDQ form (QuantizeLinear and DequantizeLinear
/// around them; ONNX Runtime fuses these): weights int8, a scale an output channel, activations uint8, one
/// scale a tensor, from the ranges seen on `calibration`. Weights use 7 of their 8 bits: processors without
/// VNNI add products of two neighbours in 16 bits, which then cannot overflow. The contract's precision
/// becomes int8; its id stays.
/// @param model  what export_network made
/// @throws Error(invalid_argument) without calibration data
onnx::ModelProto quantise(const onnx::ModelProto& model, const std::vector<ModelInputs>& calibration);

}  // namespace resonance::training
