#include "resonance/engine/exports.h"

#include "resonance/audio/audio_file.h"
#include "resonance/catalog/catalog.h"
#include "resonance/core/atomic_file.h"
#include "resonance/core/error.h"
#include "resonance/core/feature_contract.h"
#include "resonance/core/npy.h"
#include "resonance/core/npz.h"
#include "resonance/embedding/embedder.h"
#include "resonance/embedding/projection.h"
#include "resonance/engine/models.h"
#include "resonance/engine/searcher.h"
#include "resonance/engine/snapshot.h"
#include "resonance/engine/track_analysis.h"
#include "resonance/engine/workers.h"
#include "resonance/features/track_describer.h"

#include <array>
#include <span>
#include <system_error>
#include <utility>

#include <nlohmann/json.hpp>

namespace resonance::engine {
namespace {

namespace fs = std::filesystem;
using embedding::Embedding;

embedding::Projection projection_for(const std::optional<fs::path>& catalog,
                                     const embedding::ModelInfo& model,
                                     const std::vector<std::optional<TrackAnalysis>>& analyses) {
  if (catalog) {
    const auto snapshot = Snapshot::open(*catalog);
    if (!snapshot || !snapshot->projection()) {
      throw Error(ErrorCode::not_found,
                  "catalog " + catalog->string() + " holds no track yet: run `resonance index DIR`");
    }
    if (!(snapshot->model() == model)) {
      throw Error(ErrorCode::version_mismatch,
                  "catalog " + catalog->string() + " was made with another model");
    }
    return *snapshot->projection();
  }
  std::vector<embedding::Descriptor> descriptors;
  for (const auto& analysis : analyses) {
    if (analysis) descriptors.push_back(analysis->descriptor);
  }
  if (descriptors.empty()) throw Error(ErrorCode::corrupt_data, "none of the files could be analysed");
  return embedding::Projection::fit(model, descriptors);
}

void write_part(const fs::path& path, const std::vector<std::optional<Embedding>>& rows,
                std::vector<float> Embedding::*part) {
  std::size_t cols = 0;
  for (const auto& row : rows) {
    if (row) cols = ((*row).*part).size();
  }
  std::vector<float> values(rows.size() * cols);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (rows[i]) {
      const std::vector<float>& vector = (*rows[i]).*part;
      std::copy(vector.begin(), vector.end(), values.begin() + static_cast<std::ptrdiff_t>(i * cols));
    }
  }
  write_npy(path, values, rows.size(), cols);
}

}  // namespace

EmbedReport embed_files(const std::vector<fs::path>& files, const fs::path& out,
                        const std::optional<fs::path>& catalog, const std::optional<std::string>& model,
                        unsigned jobs, const ProgressCallback& progress, const std::stop_token& stop) {
  const auto embedder = catalog ? model_of(catalog::Catalog(*catalog, catalog::OpenMode::read_only))
                                : open_model(model.value_or(std::string(kDefaultModel)));
  audio::require_decoder();
  std::vector<std::optional<TrackAnalysis>> analyses(files.size());
  std::vector<FailedItem> problems(files.size());
  Batch batch("analysing", files.size(), progress);
  EmbedReport report;
  report.cancelled = !run_workers(jobs, files.size(), stop, [&](std::size_t i) {
    double audio_s = 0;
    try {
      analyses[i] = analyse(files[i], *embedder, stop);
      audio_s = analyses[i]->audio.duration_s;
    } catch (const Error& error) {
      if (error.code() == ErrorCode::cancelled) throw;
      problems[i] = {files[i].string(), std::string(name_of(error.code())), error.what()};
    }
    batch.finish_one(files[i].string(), problems[i].message, audio_s, [] {});
  });
  if (report.cancelled) return report;

  const embedding::Projection projection = projection_for(catalog, embedder->info(), analyses);
  std::vector<std::optional<Embedding>> rows(files.size());
  nlohmann::json tracks = nlohmann::json::array();
  for (std::size_t i = 0; i < files.size(); ++i) {
    nlohmann::json track{{"row", i}, {"path", files[i].string()}};
    if (analyses[i]) {
      rows[i] = projection.project(analyses[i]->descriptor);
      ++report.embedded;
      track["title"] = analyses[i]->tags.title;
      track["artist"] = analyses[i]->tags.artist;
      track["duration_s"] = analyses[i]->audio.duration_s;
      track["content_hash"] = to_hex(analyses[i]->hash);
      if (!analyses[i]->warning.empty()) track["warning"] = analyses[i]->warning;
    } else {
      track["error"] = problems[i].message;
      report.failed.push_back(problems[i]);
    }
    tracks.push_back(std::move(track));
  }
  std::error_code problem;
  fs::create_directories(out, problem);
  if (problem) throw system_error(problem.value(), "cannot write " + out.string());
  write_part(out / "embeddings.npy", rows, &Embedding::fused);
  write_part(out / "timbre.npy", rows, &Embedding::timbre);
  write_part(out / "harmony.npy", rows, &Embedding::harmony);
  write_part(out / "rhythm.npy", rows, &Embedding::rhythm);
  const nlohmann::json document{{"model", embedder->info().name},
                                {"model_version", embedder->info().version},
                                {"feature_version", embedder->info().feature_version},
                                {"tracks", std::move(tracks)}};
  AtomicFile json_file(out / "tracks.json");
  json_file.write(document.dump(1, ' ', false, nlohmann::json::error_handler_t::replace));
  json_file.write("\n");
  json_file.commit();
  return report;
}

void write_features(const fs::path& file, const fs::path& out, const std::stop_token& stop) {
  std::vector<FeatureBlock> blocks;
  (void)stream_features(file, stop, [&](const FeatureBlock& block) { blocks.push_back(block); });
  std::size_t frames = 0;
  for (const FeatureBlock& block : blocks) frames += block.frames();

  NpzWriter writer(out);
  const auto add_matrix = [&](std::string_view name, Matrix FeatureBlock::*part, std::size_t cols) {
    std::vector<std::span<const float>> parts;
    parts.reserve(blocks.size());
    for (const FeatureBlock& block : blocks) parts.push_back((block.*part).values());
    writer.add(name, parts, frames, cols);
  };
  const auto add_vector = [&](std::string_view name, std::vector<float> FeatureBlock::*part) {
    std::vector<std::span<const float>> parts;
    parts.reserve(blocks.size());
    for (const FeatureBlock& block : blocks) parts.emplace_back(block.*part);
    writer.add(name, parts, frames, 0);
  };
  add_matrix("log_mel", &FeatureBlock::log_mel, kMelBands);
  add_matrix("chroma", &FeatureBlock::chroma, kChromaBins);
  add_vector("onset", &FeatureBlock::onset);
  add_vector("loudness", &FeatureBlock::loudness);
  add_matrix("tempogram", &FeatureBlock::tempogram, kTempogramLags);
  writer.commit();
}

FileDescription describe_file(const fs::path& file, const std::stop_token& stop) {
  features::TrackDescriber describer;
  TrackAnalysis analysis =
      stream_features(file, stop, [&](const FeatureBlock& block) { describer.push(block); });
  FileDescription result;
  result.path = file.string();
  result.tags = std::move(analysis.tags);
  result.audio = std::move(analysis.audio);
  result.description = describer.finish();
  result.description.duration_s = static_cast<float>(result.audio.duration_s);
  result.traits = ranking::traits(result.description);
  result.warning = std::move(analysis.warning);
  return result;
}

FileDescription describe_track(const fs::path& catalog_directory, const std::string& path_or_id) {
  const QuerySource source = Searcher(catalog_directory).track(path_or_id);
  return {source.path,
          source.facts.tags,
          source.track->audio,
          source.facts.description,
          ranking::traits(source.facts.description),
          source.track->warning};
}

}  // namespace resonance::engine
