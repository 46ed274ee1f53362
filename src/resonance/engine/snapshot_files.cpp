#include "resonance/engine/snapshot_files.h"

#include "resonance/core/atomic_file.h"
#include "resonance/core/error.h"
#include "resonance/core/feature_contract.h"
#include "resonance/core/npy.h"
#include "resonance/engine/index_builder.h"
#include "resonance/index/flat_index_file.h"
#include "resonance/index/row_codes.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <memory>
#include <string_view>
#include <system_error>
#include <utility>

namespace resonance::engine {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kFitSample = 4000;  // enough for 512 principal directions; bounds the memory of the fit

void check_stop(const std::stop_token& stop) {
  if (stop.stop_requested()) throw Error(ErrorCode::cancelled, "stopped while the search index was made");
}

embedding::Descriptor decoded(const catalog::Catalog& catalog, std::string_view bytes, std::int64_t key) {
  try {
    return embedding::decode_descriptor(bytes);
  } catch (const Error& error) {
    throw Error(error.code(), (catalog.directory() / "tracks.db").string() + ": the descriptor of track " +
                                  std::to_string(key) + " is damaged (" + error.what() +
                                  "): restore the folder from a backup, or delete it and run `resonance "
                                  "index` again");
  }
}

void add_checksum(const fs::path& folder, std::string_view name, CatalogMeta& meta) {
  meta.checksums[std::string(name)] = checksum_of(folder / name);
}

/// The arrays of the parts, for others.
class PartWriters {
 public:
  PartWriters(const fs::path& folder, const embedding::Embedding& shape) {
    const std::array<std::size_t, 3> columns{shape.timbre.size(), shape.harmony.size(), shape.rhythm.size()};
    for (std::size_t part = 0; part < columns.size(); ++part) {
      writers_.push_back(std::make_unique<NpyRowsWriter>(folder / kPartFiles[part], columns[part]));
    }
  }
  void add(const embedding::Embedding& embedding) {
    writers_[0]->add(embedding.timbre);
    writers_[1]->add(embedding.harmony);
    writers_[2]->add(embedding.rhythm);
  }
  void commit() {
    for (const auto& writer : writers_) writer->commit();
  }

 private:
  std::vector<std::unique_ptr<NpyRowsWriter>> writers_;
};

void write_flat_index(const fs::path& path, const NpyFile& rows) {
  index::FlatIndexFileWriter writer(path, rows.rows(), rows.cols());
  for (std::size_t row = 0; row < rows.rows(); ++row) {
    writer.add(rows.floats().subspan(row * rows.cols(), rows.cols()));
  }
  writer.commit();
}

}  // namespace

Fit fit_projection(const catalog::Catalog& catalog, const embedding::ModelInfo& model,
                   const std::stop_token& stop) {
  const std::vector<std::int64_t> keys = catalog.keys();
  const std::size_t step = (keys.size() + kFitSample - 1) / kFitSample;
  std::vector<embedding::Descriptor> sample;
  for (std::size_t i = 0; i < keys.size(); i += step) {
    check_stop(stop);
    const std::string bytes = catalog.descriptor_of(keys[i]);
    if (!bytes.empty()) sample.push_back(decoded(catalog, bytes, keys[i]));
  }
  if (sample.empty()) return {};
  return {embedding::Projection::fit(model, sample), keys.size()};
}

Base write_base(const fs::path& folder, const catalog::Catalog& catalog, const embedding::ModelInfo& model,
                const Fit& fit, const IndexRequest& request, const index::AutoConfig& choice,
                std::size_t whole_tracks, const std::stop_token& stop) {
  Base base;
  CatalogMeta& meta = base.meta;
  meta.model = model;
  // Before the tracks are read: what changes while they are counts as changed since.
  meta.revision = meta.base_revision = catalog.revision();
  meta.fitted_library_size = fit.library_size;
  meta.asked = request;

  const bool whole = catalog.keys().size() <= whole_tracks;
  NpyRowsWriter fused(folder / kEmbeddingsFile, kEmbeddingDimensions);
  std::optional<PartWriters> parts;
  if (whole && !fit.projection) {
    const std::vector<float> none(kEmbeddingDimensions);
    parts.emplace(folder, embedding::Embedding{none, none, none, none});
  }
  if (fit.projection) {
    catalog.for_each(true, [&](const catalog::Track& track) {
      check_stop(stop);
      const auto embedding = fit.projection->project(decoded(catalog, track.descriptor, track.key));
      if (whole && !parts) parts.emplace(folder, embedding);
      fused.add(embedding.fused);
      if (parts) parts->add(embedding);
      base.keys.push_back(track.key);
      if (whole) meta.rows.emplace_back(track.id, track.path);
    });
  }
  meta.tracks = meta.base_rows = base.keys.size();
  fused.commit();
  if (parts) parts->commit();
  write_npy(folder / kKeysFile, base.keys);
  AtomicFile projection_file(folder / kProjectionFile);
  if (fit.projection) projection_file.write(fit.projection->serialize());
  projection_file.commit();

  const NpyFile rows(folder / kEmbeddingsFile);
  index::RowCodes::write(folder / kCodesFile, rows.floats(), rows.cols());
  const auto codes = std::make_shared<const index::RowCodes>(folder / kCodesFile);
  meta.index = build_index(folder, rows, codes, request, choice, stop);
  if (whole && !is_faiss_index(meta.index.factory)) write_flat_index(folder / kIndexFile, rows);

  for (const std::string_view name : {kEmbeddingsFile, kKeysFile, kCodesFile, kProjectionFile}) {
    add_checksum(folder, name, meta);
  }
  if (is_graph_index(meta.index.factory)) add_checksum(folder, kGraphFile, meta);
  if (whole || is_faiss_index(meta.index.factory)) add_checksum(folder, kIndexFile, meta);
  if (parts) {
    for (const std::string_view name : kPartFiles) add_checksum(folder, name, meta);
  }
  return base;
}

Changes changes_since(const catalog::Catalog& catalog, std::span<const std::int64_t> base_keys,
                      std::int64_t base_revision) {
  Changes changes;
  changes.revision = catalog.revision();
  const std::vector<std::int64_t> changed = catalog.keys_changed_since(base_revision);
  const std::vector<std::int64_t> live = catalog.keys();
  std::set_intersection(changed.begin(), changed.end(), live.begin(), live.end(),
                        std::back_inserter(changes.tail_keys));
  auto key = live.begin();
  auto replaced = changes.tail_keys.begin();
  for (std::size_t row = 0; row < base_keys.size(); ++row) {
    while (key != live.end() && *key < base_keys[row]) ++key;
    while (replaced != changes.tail_keys.end() && *replaced < base_keys[row]) ++replaced;
    const bool gone = key == live.end() || *key != base_keys[row];
    if (gone || (replaced != changes.tail_keys.end() && *replaced == base_keys[row])) {
      changes.removed_rows.push_back(static_cast<std::int64_t>(row));
    }
  }
  return changes;
}

bool link_base(const Snapshot& from, const fs::path& folder) {
  for (const auto& [name, crc] : from.meta().checksums) {
    if (name == kTailFile || name == kTailKeysFile || name == kTailCodesFile || name == kRemovedFile)
      continue;
    std::error_code problem;
    fs::create_hard_link(from.folder() / fs::path(name).filename(), folder / fs::path(name).filename(),
                         problem);
    if (problem) return false;
  }
  return true;
}

void write_tail(const fs::path& folder, const catalog::Catalog& catalog, const Changes& changes,
                const embedding::Projection& projection, const Snapshot* kept, CatalogMeta& meta,
                const std::stop_token& stop) {
  std::vector<std::int64_t> fresh;
  if (kept != nullptr) fresh = catalog.keys_changed_since(kept->revision());
  std::vector<std::int64_t> keys;
  NpyRowsWriter fused(folder / kTailFile, kEmbeddingDimensions);
  for (const std::int64_t key : changes.tail_keys) {
    check_stop(stop);
    if (kept != nullptr && !std::binary_search(fresh.begin(), fresh.end(), key)) {
      if (const auto row = kept->row_of(key)) {
        fused.add(kept->embedding(*row));
        keys.push_back(key);
        continue;
      }
    }
    const std::string bytes = catalog.descriptor_of(key);
    if (bytes.empty()) continue;  // removed since `changes` were found; the next publish will know
    fused.add(projection.project(decoded(catalog, bytes, key)).fused);
    keys.push_back(key);
  }
  fused.commit();
  write_npy(folder / kTailKeysFile, keys);
  write_npy(folder / kRemovedFile, changes.removed_rows);
  {
    const NpyFile rows(folder / kTailFile);
    index::RowCodes::write(folder / kTailCodesFile, rows.floats(), rows.cols());
  }
  meta.revision = changes.revision;
  meta.tail_rows = keys.size();
  meta.removed_rows = changes.removed_rows.size();
  meta.tracks = meta.base_rows - meta.removed_rows + meta.tail_rows;
  meta.rows.clear();
  for (const std::string_view name : {kTailFile, kTailKeysFile, kTailCodesFile, kRemovedFile}) {
    add_checksum(folder, name, meta);
  }
}

}  // namespace resonance::engine
