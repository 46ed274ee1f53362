#include "resonance/engine/torch_backend.h"

#include "resonance/core/error.h"
#include "resonance/core/shared_library.h"

namespace resonance::engine {
namespace {

constexpr const char* kLibrary = "libresonance-torch.so";
constexpr const char* kEntry = "resonance_open_checkpoint";
using OpenCheckpoint = embedding::Embedder*(const char*);

const SharedLibrary& library() {
  static const SharedLibrary kTorch(kLibrary);
  return kTorch;
}

}  // namespace

bool has_torch_backend() { return library().is_loaded(); }

std::unique_ptr<embedding::Embedder> open_checkpoint(const std::filesystem::path& file) {
  if (!has_torch_backend()) {
    throw Error(
        ErrorCode::not_found,
        "checkpoint " + file.string() +
            " needs a build with LibTorch: run tools/setup training and make build again, or give the "
            "model.onnx that resonance export makes of it");
  }
  auto* const open = library().function<OpenCheckpoint>(kEntry);
  return std::unique_ptr<embedding::Embedder>(open(file.c_str()));
}

}  // namespace resonance::engine
