#include "resonance/engine/models.h"

#include "resonance/core/error.h"
#include "resonance/core/program_folder.h"
#include "resonance/engine/model_of_catalog.h"
#include "resonance/engine/torch_backend.h"

#include <algorithm>
#include <charconv>
#include <system_error>
#include <vector>

namespace resonance::engine {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kModelSetting = "model";
constexpr std::string_view kModelVersionSetting = "model_version";
constexpr std::string_view kFeatureVersionSetting = "feature_version";
constexpr std::string_view kModelFileSetting = "model_file";
constexpr std::string_view kCheckpointName = "ckpt.pt";
constexpr std::string_view kCheckpointSuffix = ".pt";

/// The files of a folder that are models, int8 first: it is the faster one, and the same model.
std::vector<fs::path> models_in(const fs::path& folder) {
  std::vector<fs::path> files;
  std::error_code problem;
  for (const auto& entry : fs::directory_iterator(folder, problem)) {
    if (entry.path().extension() == ".onnx") files.push_back(entry.path());
  }
  const auto is_int8 = [](const fs::path& file) { return file.stem().string().ends_with("int8"); };
  std::sort(files.begin(), files.end(), [&](const fs::path& a, const fs::path& b) {
    return std::pair(!is_int8(a), a) < std::pair(!is_int8(b), b);
  });
  return files;
}

bool is_checkpoint(const fs::path& file) { return file.extension() == kCheckpointSuffix; }

fs::path model_in(const fs::path& folder, Backend backend) {
  const std::vector<fs::path> files = backend == Backend::torch ? std::vector<fs::path>{} : models_in(folder);
  if (!files.empty()) return files.front();
  fs::path checkpoint = folder / kCheckpointName;
  std::error_code problem;
  if (backend != Backend::onnx && fs::exists(checkpoint, problem)) return checkpoint;
  throw Error(ErrorCode::not_found,
              "folder " + folder.string() + " holds no model (" +
                  (backend == Backend::torch ? std::string(kCheckpointName) : std::string(".onnx")) +
                  "): export one, or use --model " + std::string(embedding::kStatisticsName));
}

/// The file that `choice` means; empty for `statistics`.
fs::path file_of(const std::string& choice) {
  if (choice == embedding::kStatisticsName) return {};
  if (choice == kDefaultModel) {
    const auto folder = models_folder();
    const std::vector<fs::path> files = folder ? models_in(*folder) : std::vector<fs::path>{};
    return files.empty() ? fs::path() : files.front();
  }
  std::error_code problem;
  return fs::is_directory(choice, problem) ? model_in(choice, Backend::automatic) : fs::path(choice);
}

std::unique_ptr<embedding::Embedder> open_file(const fs::path& file) {
  if (file.empty()) return embedding::make_statistics_embedder();
  return is_checkpoint(file) ? open_checkpoint(file) : embedding::open_learned_embedder(file);
}

}  // namespace

std::optional<fs::path> models_folder() {
  const fs::path program = program_folder();
  if (program.empty()) return std::nullopt;
  std::error_code problem;
  for (const char* place : {"../share/resonance/models", "../../models"}) {
    const fs::path folder = (program / place).lexically_normal();
    if (fs::is_directory(folder, problem)) return folder;
  }
  return std::nullopt;
}

std::string model_file(const std::string& choice, Backend backend) {
  const bool learned = choice != embedding::kStatisticsName && choice != kDefaultModel;
  std::error_code problem;
  if (learned && fs::is_directory(choice, problem)) return model_in(choice, backend).string();
  const bool wanted = backend == Backend::automatic || is_checkpoint(choice) == (backend == Backend::torch);
  if (learned && !wanted) {
    throw Error(ErrorCode::invalid_argument,
                choice + (backend == Backend::torch ? " is no checkpoint (.pt), which --backend torch runs"
                                                    : " is a checkpoint, which --backend onnx cannot run"));
  }
  if (!learned && backend == Backend::torch) {
    throw Error(ErrorCode::invalid_argument,
                "--backend torch runs a checkpoint: name it, or its folder, with --model");
  }
  return choice;
}

std::unique_ptr<embedding::Embedder> open_model(const std::string& choice) {
  return open_file(file_of(choice));
}

std::unique_ptr<embedding::Embedder> model_of(const catalog::Catalog& catalog) {
  const std::string name = catalog.setting(kModelSetting).value_or(std::string(embedding::kStatisticsName));
  if (name == embedding::kStatisticsName) {
    auto statistics = embedding::make_statistics_embedder();
    require_model(catalog, statistics->info());
    return statistics;
  }
  std::vector<fs::path> places;
  if (const auto file = catalog.setting(kModelFileSetting)) places.emplace_back(*file);
  if (const auto folder = models_folder()) {
    for (const fs::path& file : models_in(*folder)) places.push_back(file);
  }
  std::string problems;
  for (const fs::path& place : places) {
    try {
      auto model = open_file(place);
      if (model->info().name != name) continue;
      require_model(catalog, model->info());
      return model;
    } catch (const Error& error) {
      if (error.code() == ErrorCode::version_mismatch) throw;
      problems = std::string(" (") + error.what() + ")";
    }
  }
  throw Error(ErrorCode::not_found,
              "catalog " + catalog.directory().string() + " was made with model " + name +
                  ", which is not there any more" + problems +
                  ": give its file with --model, or index into another folder with --catalog");
}

std::unique_ptr<embedding::Embedder> model_for(catalog::Catalog& catalog,
                                               const std::optional<std::string>& choice) {
  if (!choice && catalog.setting(kModelSetting)) return model_of(catalog);
  const fs::path file = file_of(choice.value_or(std::string(kDefaultModel)));
  auto model = open_file(file);
  if (!file.empty()) {
    // Before the model's name: a kill in between leaves a catalog that has no model yet.
    const bool new_catalog = !catalog.setting(kModelSetting).has_value();
    if (new_catalog || catalog.setting(kModelSetting) == model->info().name) {
      catalog.set_setting(kModelFileSetting, fs::absolute(file).lexically_normal().string());
    }
  }
  require_model(catalog, model->info());
  return model;
}

std::optional<embedding::ModelInfo> recorded_model(const catalog::Catalog& catalog) {
  const auto name = catalog.setting(kModelSetting);
  if (!name) return std::nullopt;
  const auto number = [&](std::string_view setting) {
    const std::string text = catalog.setting(setting).value_or("");
    int value = -1;
    std::from_chars(text.data(), text.data() + text.size(), value);
    return value;
  };
  return embedding::ModelInfo{.name = *name,
                              .version = number(kModelVersionSetting),
                              .feature_version = number(kFeatureVersionSetting)};
}

void require_searchable(const catalog::Catalog& catalog) {
  if (catalog.setting(kModelSetting).value_or("") != embedding::kStatisticsName) return;
  require_model(catalog, embedding::make_statistics_embedder()->info());
}

}  // namespace resonance::engine
