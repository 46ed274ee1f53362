#include "resonance/engine/torch_backend.h"

#include "resonance/core/error.h"

#include <string>

#include <dlfcn.h>

namespace resonance::engine {
namespace {

constexpr const char* kLibrary = "libresonance-torch.so";
constexpr const char* kEntry = "resonance_open_checkpoint";

/// Beside the program (../lib). Stays for as long as the program: LibTorch cannot be unloaded.
void* library() {
  static void* const kHandle = ::dlopen(kLibrary, RTLD_NOW | RTLD_LOCAL);
  return kHandle;
}

}  // namespace

bool has_torch_backend() { return library() != nullptr; }

std::unique_ptr<embedding::Embedder> open_checkpoint(const std::filesystem::path& file) {
  if (!has_torch_backend()) {
    throw Error(
        ErrorCode::not_found,
        "checkpoint " + file.string() +
            " needs a build with LibTorch: run tools/setup training and make build again, or give the "
            "model.onnx that resonance export makes of it");
  }
  using OpenCheckpoint = embedding::Embedder* (*)(const char*);
  const auto open = reinterpret_cast<OpenCheckpoint>(::dlsym(library(), kEntry));
  if (open == nullptr) {
    throw Error(ErrorCode::version_mismatch,
                std::string(kLibrary) + " is of another version than this program: build both anew");
  }
  return std::unique_ptr<embedding::Embedder>(open(file.c_str()));
}

}  // namespace resonance::engine
