#include "resonance/engine/torch_backend.h"

#include "resonance/core/error.h"
#include "resonance/core/shared_library.h"

#include <string>

namespace resonance::engine {
namespace {

constexpr const char* kLibrary = "libresonance-torch.so";
constexpr const char* kEntry = "resonance_open_checkpoint";

/// LibTorch cannot be unloaded.
const SharedLibrary& library() {
  static const SharedLibrary kModule(kLibrary);
  return kModule;
}

}  // namespace

bool has_torch_backend() { return library().loaded(); }

std::unique_ptr<embedding::Embedder> open_checkpoint(const std::filesystem::path& file) {
  if (!has_torch_backend()) {
    throw Error(
        ErrorCode::not_found,
        "checkpoint " + file.string() +
            " needs a build with LibTorch: run tools/setup training and make build again, or give the "
            "model.onnx that resonance export makes of it");
  }
  const auto open = library().find<embedding::Embedder* (*)(const char*)>(kEntry);
  if (open == nullptr) {
    throw Error(ErrorCode::version_mismatch,
                std::string(kLibrary) + " is of another version than this program: build both anew");
  }
  return std::unique_ptr<embedding::Embedder>(open(file.c_str()));
}

}  // namespace resonance::engine
