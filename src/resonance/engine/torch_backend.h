#pragma once

#include "resonance/embedding/embedder.h"

#include <filesystem>
#include <memory>

namespace resonance::engine {

/// A checkpoint of `resonance train`, run by LibTorch: a library of its own, loaded when first asked for.
/// @throws Error(not_found) if this build has none, saying what to do; Error as the checkpoint's reader
std::unique_ptr<embedding::Embedder> open_checkpoint(const std::filesystem::path& file);

/// Whether this build has LibTorch.
bool has_torch_backend();

}  // namespace resonance::engine
