#pragma once

#include "resonance/embedding/embedder.h"

#include <filesystem>
#include <memory>

namespace resonance::training {

/// A checkpoint as a model to listen with, run by LibTorch on one thread of the caller. The same numbers as
/// of its export, within the bounds of verify-onnx. Its name is kNetworkName.
/// @throws Error as CheckpointReader
std::unique_ptr<embedding::Embedder> open_checkpoint(const std::filesystem::path& file);

}  // namespace resonance::training
