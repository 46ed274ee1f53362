#include "resonance/engine/doctor.h"

#include "resonance/audio/audio_file.h"
#include "resonance/cache/feature_cache.h"
#include "resonance/catalog/catalog.h"
#include "resonance/core/error.h"
#include "resonance/core/feature_contract.h"
#include "resonance/embedding/embedder.h"
#include "resonance/embedding/onnx_model.h"
#include "resonance/engine/models.h"
#include "resonance/engine/snapshot.h"
#include "resonance/engine/version.h"
#include "resonance/features/vector_instructions.h"

#include <exception>
#include <functional>
#include <optional>
#include <system_error>
#include <thread>
#include <utility>

namespace resonance::engine {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kRebuild = "resonance index --rebuild, which needs no audio";

/// Runs one examination; what it throws becomes its finding.
Finding examine(const std::string& subject, const std::string& remedy,
                const std::function<std::string()>& look) {
  try {
    return {subject, look(), false, {}};
  } catch (const std::exception& error) {
    return {subject, error.what(), true, remedy};
  }
}

void examine_catalog(const fs::path& directory, std::vector<Finding>& findings) {
  std::error_code ignored;
  if (!fs::exists(directory, ignored)) {
    findings.push_back(
        {"catalog", directory.string() + " does not exist yet (resonance index DIR makes it)", false, {}});
    return;
  }
  std::optional<catalog::Catalog> catalog;
  findings.push_back(examine("catalog", "index again into another folder with --catalog", [&] {
    catalog.emplace(directory, catalog::OpenMode::read_only);
    if (const std::string problem = catalog->integrity_problem(); !problem.empty()) {
      throw Error(ErrorCode::corrupt_data, directory.string() + ": " + problem);
    }
    return directory.string() + ": " + std::to_string(catalog->track_count()) + " tracks, " +
           std::to_string(catalog->failed().size()) + " files that failed, database sound";
  }));
  if (!catalog) return;
  findings.push_back(examine("catalog's model", "index into another folder with --catalog", [&] {
    if (!catalog->setting("model")) return std::string("none yet");
    return model_of(*catalog)->info().name;
  }));
  Finding search = examine("search index", std::string(kRebuild), [&]() -> std::string {
    const auto snapshot = Snapshot::open(directory);
    if (!snapshot) return "not made yet";
    snapshot->verify();
    if (snapshot->revision() != catalog->revision()) {
      throw Error(ErrorCode::version_mismatch, "the tracks have changed since it was made");
    }
    const CatalogMeta& meta = snapshot->meta();
    std::string state = std::to_string(snapshot->size()) + " tracks, " + description_of(meta.index);
    if (meta.asked.kind != "auto" && meta.asked.kind != "exact" && meta.asked.kind != meta.index.factory) {
      state += ", for " + meta.asked.kind;
      if (meta.index.factory == "Flat") state += ", which needs more tracks";
    }
    if (snapshot->has_tail()) {
      state += ", " + std::to_string(meta.tail_rows) + " of them added or changed since it was built, " +
               std::to_string(meta.removed_rows) + " rows of it unused";
    }
    if (const SnapshotRows* segments = snapshot->segments()) {
      state += ", " + std::to_string(segments->counts().left()) + " segments searched " +
               description_of(meta.segments->index);
    }
    return state + ", up to date";
  });
  findings.push_back(std::move(search));
}

}  // namespace

std::vector<Finding> diagnose(const fs::path& catalog_directory, const fs::path& cache_directory) {
  std::vector<Finding> findings;
  findings.push_back({"Resonance", version(), false, {}});
  findings.push_back({"CPU",
                      std::to_string(std::thread::hardware_concurrency()) + " cores, features run on " +
                          features::vector_instructions(),
                      false,
                      {}});
  findings.push_back(examine("decoder", "make build, or install again", [] {
    const audio::AudioSupport audio = audio::audio_support();
    return audio.libraries + (audio.module_music ? ", tracker modules" : ", no tracker modules");
  }));
  findings.push_back(examine("model", "run tools/setup and build again", [] {
    const auto model = open_model(std::string(kDefaultModel));
    const bool learned = model->info().name != embedding::kStatisticsName;
    return model->info().name + " version " + std::to_string(model->info().version) + ", features version " +
           std::to_string(model->info().feature_version) +
           (learned ? ", " + embedding::onnx_runtime_version() : std::string());
  }));
  examine_catalog(catalog_directory, findings);
  std::error_code ignored;
  if (fs::exists(cache_directory, ignored)) {
    findings.push_back(examine("feature cache", "delete it and run resonance precompute DIR", [&] {
      const auto cache = cache::open_sqlite_cache(cache_directory);
      return cache_directory.string() + ": " + std::to_string(cache->list().size()) + " recordings, " +
             std::to_string(cache->bytes() >> 20) + " MiB";
    }));
  } else {
    findings.push_back({"feature cache", "none (resonance precompute DIR makes one)", false, {}});
  }
  return findings;
}

}  // namespace resonance::engine
