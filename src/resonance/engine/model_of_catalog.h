#pragma once

#include "resonance/cache/feature_cache.h"
#include "resonance/catalog/catalog.h"
#include "resonance/embedding/embedder.h"

#include <filesystem>
#include <memory>
#include <optional>

namespace resonance::engine {

/// Holds the catalog's descriptors against `model`; an empty catalog open for writing takes it on.
/// @throws Error(version_mismatch) naming the catalog, both models and what to run
void require_model(catalog::Catalog& catalog, const embedding::ModelInfo& model);
/// The same for a catalog that is only read.
void require_model(const catalog::Catalog& catalog, const embedding::ModelInfo& model);

/// The feature cache in `directory` if there is one; nothing is created.
std::unique_ptr<cache::FeatureCache> open_existing_cache(
    const std::optional<std::filesystem::path>& directory);

}  // namespace resonance::engine
