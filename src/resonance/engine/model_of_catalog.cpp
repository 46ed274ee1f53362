#include "resonance/engine/model_of_catalog.h"

#include "resonance/core/error.h"

#include <string>
#include <system_error>

namespace resonance::engine {
namespace {

constexpr std::string_view kModelSetting = "model";
constexpr std::string_view kModelVersionSetting = "model_version";
constexpr std::string_view kFeatureVersionSetting = "feature_version";

void require(const catalog::Catalog& catalog, const embedding::ModelInfo& model, const std::string& made_by) {
  const auto text_of = [](const std::string& name, const std::string& version, const std::string& features) {
    return name + " version " + version + " (features version " + features + ")";
  };
  const std::string theirs = text_of(made_by, catalog.setting(kModelVersionSetting).value_or("?"),
                                     catalog.setting(kFeatureVersionSetting).value_or("?"));
  const std::string ours =
      text_of(model.name, std::to_string(model.version), std::to_string(model.feature_version));
  if (theirs == ours) return;
  throw Error(ErrorCode::version_mismatch,
              "catalog " + catalog.directory().string() + " was made with model " + theirs + ", this is " +
                  ours + ": index into another folder with --catalog, or delete that one and index again");
}

}  // namespace

void require_model(const catalog::Catalog& catalog, const embedding::ModelInfo& model) {
  if (const auto made_by = catalog.setting(kModelSetting)) require(catalog, model, *made_by);
}

void require_model(catalog::Catalog& catalog, const embedding::ModelInfo& model) {
  if (const auto made_by = catalog.setting(kModelSetting)) {
    require(catalog, model, *made_by);
    return;
  }
  // "model" last: a kill in between leaves a catalog that has none yet.
  catalog.set_setting(kModelVersionSetting, std::to_string(model.version));
  catalog.set_setting(kFeatureVersionSetting, std::to_string(model.feature_version));
  catalog.set_setting(kModelSetting, model.name);
}

std::unique_ptr<cache::FeatureCache> open_existing_cache(
    const std::optional<std::filesystem::path>& directory) {
  std::error_code ignored;
  if (!directory || !std::filesystem::is_directory(*directory, ignored)) return nullptr;
  return cache::open_sqlite_cache(*directory);
}

}  // namespace resonance::engine
