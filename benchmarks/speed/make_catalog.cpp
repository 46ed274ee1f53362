// make_catalog ROWS.npy FOLDER [RECALL]: a catalog with a track for each row of N x 512 float32,
// as `resonance index` would have left it, so that a library of any size can be asked without its music.
// Tracks have descriptors of the real model's size; their embeddings are the given rows, which a hard link or
// a copy of the file brings in.
#include "resonance/catalog/catalog.h"
#include "resonance/core/atomic_file.h"
#include "resonance/core/feature_contract.h"
#include "resonance/core/npy.h"
#include "resonance/embedding/embedder.h"
#include "resonance/embedding/projection.h"
#include "resonance/engine/index_builder.h"
#include "resonance/engine/model_of_catalog.h"
#include "resonance/engine/snapshot.h"
#include "resonance/index/graph_index.h"

#include <cstdint>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <memory>
#include <random>
#include <string>
#include <system_error>
#include <thread>
#include <vector>

namespace {

using namespace resonance;
namespace fs = std::filesystem;

constexpr std::size_t kDescriptors = 500;
constexpr std::size_t kTracksAtOnce = 10'000;

std::vector<embedding::Descriptor> random_descriptors() {
  std::mt19937 generator(1);
  std::normal_distribution<float> normal;
  std::vector<embedding::Descriptor> descriptors(kDescriptors);
  for (embedding::Descriptor& descriptor : descriptors) {
    descriptor.timbre.resize(749);
    descriptor.harmony.resize(246);
    descriptor.rhythm.resize(329);
    for (auto* part : {&descriptor.timbre, &descriptor.harmony, &descriptor.rhythm}) {
      for (float& value : *part) value = normal(generator);
    }
  }
  return descriptors;
}

catalog::Track track_of(std::size_t number) {
  catalog::Track track;
  const std::string artist = std::to_string(number / 120);
  const std::string album = std::to_string(number / 12);
  track.path = "/music/Artist " + artist + "/Album " + album + "/" + std::to_string(number) + ".flac";
  track.stamp = {.size_bytes = 30'000'000, .modified_ns = 1};
  std::mt19937_64 hash(number);
  for (std::uint8_t& byte : track.hash.bytes) byte = static_cast<std::uint8_t>(hash());
  track.tags.title = "Title " + std::to_string(number);
  track.tags.artist = "Artist " + artist;
  track.tags.album = "Album " + album;
  track.tags.genre = "Genre " + std::to_string(number % 40);
  track.audio = {.codec = "flac", .sample_rate_hz = 44100, .channels = 2, .duration_s = 200};
  track.description.tempo_bpm = static_cast<float>(60 + number % 120);
  track.description.duration_s = 200;
  return track;
}

/// A graph that somebody has put there, with the fewest candidates that reach the recall.
engine::IndexRecord tuned(const fs::path& file, const NpyFile& rows,
                          const std::shared_ptr<const index::RowCodes>& codes, double recall) {
  const auto exact = std::make_shared<const index::ExactIndex>(rows.floats(), rows.cols(),
                                                               index::Metric::inner_product, codes);
  const auto graph = index::GraphIndex::open(file, exact, codes);
  engine::IndexRecord record{.factory = graph->name(), .settings = graph->defaults(), .sample = 200};
  for (const std::size_t ef : {40, 80, 120, 160, 240, 320, 480, 640, 960}) {
    record.settings.ef_search = ef;
    record.recall = index::sample_recall(*graph, *exact, {.sample = record.sample}, record.settings);
    if (record.recall >= recall) break;
  }
  return record;
}

void make(const fs::path& rows_file, const fs::path& folder, double recall) {
  const NpyFile rows(rows_file);
  const auto model = embedding::make_statistics_embedder()->info();
  const auto descriptors = random_descriptors();
  std::vector<std::string> encoded;
  encoded.reserve(descriptors.size());
  for (const auto& descriptor : descriptors) encoded.push_back(embedding::encode(descriptor));

  engine::CatalogMeta meta;
  {
    catalog::Catalog catalog(folder, catalog::OpenMode::create);
    engine::require_model(catalog, model);
    for (std::size_t first = catalog.track_count(); first < rows.rows(); first += kTracksAtOnce) {
      std::vector<catalog::Track> tracks;
      for (std::size_t i = first; i < std::min(first + kTracksAtOnce, rows.rows()); ++i) {
        tracks.push_back(track_of(i));
        tracks.back().descriptor = encoded[i % kDescriptors];
      }
      catalog.put(std::move(tracks));
    }
    meta.revision = meta.base_revision = catalog.revision();
    const auto keys = catalog.keys();
    const fs::path snapshot = folder / "snapshots" / "1";
    fs::create_directories(snapshot);
    write_npy(snapshot / engine::kKeysFile, keys);
  }
  const fs::path snapshot = folder / "snapshots" / "1";
  std::error_code problem;
  fs::create_hard_link(rows_file, snapshot / engine::kEmbeddingsFile, problem);
  if (problem && !fs::exists(snapshot / engine::kEmbeddingsFile)) {
    fs::copy_file(rows_file, snapshot / engine::kEmbeddingsFile);
  }
  index::RowCodes::write(snapshot / engine::kCodesFile, rows.floats(), rows.cols());
  AtomicFile projection(snapshot / engine::kProjectionFile);
  projection.write(embedding::Projection::fit(model, descriptors).serialize());
  projection.commit();
  index::AutoConfig choice;
  choice.threads = std::max(1U, std::thread::hardware_concurrency());
  meta.model = model;
  meta.tracks = meta.base_rows = meta.fitted_library_size = rows.rows();
  meta.asked.recall = recall;
  const auto codes = std::make_shared<const index::RowCodes>(snapshot / engine::kCodesFile);
  meta.index = fs::exists(snapshot / engine::kGraphFile)
                   ? tuned(snapshot / engine::kGraphFile, rows, codes, recall)
                   : engine::build_index(snapshot, engine::kTrackRows, rows, codes, meta.asked, choice, {});
  for (const auto& entry : fs::directory_iterator(snapshot)) {
    const std::string name = entry.path().filename().string();
    if (name != engine::kMetaFile) meta.checksums[name] = engine::checksum_of(entry.path());
  }
  engine::write_catalog_meta(snapshot / engine::kMetaFile, meta);
  fs::remove(folder / "current", problem);
  fs::create_directory_symlink("snapshots/1", folder / "current");
  std::printf("%zu tracks, %s\n", rows.rows(), engine::description_of(meta.index).c_str());
}

}  // namespace

int main(int count, char** arguments) {
  if (count < 3 || count > 4) {
    std::fprintf(stderr, "make_catalog ROWS.npy FOLDER [RECALL]\n");
    return 2;
  }
  try {
    make(arguments[1], arguments[2], count == 4 ? std::stod(arguments[3]) : 0.99);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
  return 0;
}
