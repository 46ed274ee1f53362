#pragma once

#include "resonance/catalog/catalog.h"
#include "resonance/embedding/embedder.h"

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace resonance::engine {

/// What --model takes when nothing is said: the model that ships with Resonance, or `statistics` where there
/// is none.
inline constexpr std::string_view kDefaultModel = "default";

/// Where the models that ship with Resonance lie: beside the program as installed (../share/resonance/models)
/// or built (../../models). Nothing if there is no such folder.
std::optional<std::filesystem::path> models_folder();

/// What runs a learned model.
enum class Backend {
  automatic,  ///< what there is: ONNX Runtime before LibTorch
  onnx,
  torch  ///< in builds with LibTorch
};

/// The file that `choice` means, or `choice` itself if it is no file (`default`, `statistics`).
/// @param choice  also a folder that holds model-int8.onnx or model.onnx, or a checkpoint, ckpt.pt
/// @throws Error(not_found) if there is none for that backend, Error(invalid_argument) for a file of the
/// other
std::string model_file(const std::string& choice, Backend backend);

/// `default`, `statistics`, an ONNX file, a checkpoint (.pt), or a folder as for model_file().
/// @throws Error(not_found) if there is no such model, and as embedding::open_learned_embedder,
/// open_checkpoint
std::unique_ptr<embedding::Embedder> open_model(const std::string& choice);

/// The model that a catalog was made with, for listening to more. A learned one is looked for where it was
/// when the catalog was made, then among those that ship with Resonance.
/// @throws Error(version_mismatch) if this program has another version of it, Error(not_found) if its file is
/// gone
std::unique_ptr<embedding::Embedder> model_of(const catalog::Catalog& catalog);

/// The model to index with: `choice`, or the catalog's own, or the default for a new catalog, which takes it
/// on.
/// @throws Error(version_mismatch) if the catalog was made with another one than `choice`, and as open_model
std::unique_ptr<embedding::Embedder> model_for(catalog::Catalog& catalog,
                                               const std::optional<std::string>& choice);

/// What the catalog says of its model; nothing for one that has none yet.
std::optional<embedding::ModelInfo> recorded_model(const catalog::Catalog& catalog);

/// For searching with tracks of the catalog, which needs the model's numbers and not the model: a learned
/// model's file may be gone.
/// @throws Error(version_mismatch) if the catalog was made with another version of `statistics` than this
/// program's
void require_searchable(const catalog::Catalog& catalog);

}  // namespace resonance::engine
