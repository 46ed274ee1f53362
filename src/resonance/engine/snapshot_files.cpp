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

/// What finds the rows of a base, with its codes, and the checksums of all these files.
IndexRecord write_base_index(const fs::path& folder, const RowFiles& files, const IndexRequest& request,
                             const index::AutoConfig& choice, CatalogMeta& meta,
                             const std::stop_token& stop) {
  const NpyFile rows(folder / files.embeddings);
  index::RowCodes::write(folder / files.codes, rows.floats(), rows.cols());
  const auto codes = std::make_shared<const index::RowCodes>(folder / files.codes);
  IndexRecord record = build_index(folder, files, rows, codes, request, choice, stop);
  for (const std::string_view name : {files.embeddings, files.keys, files.codes}) {
    add_checksum(folder, name, meta);
  }
  if (is_graph_index(record.factory)) add_checksum(folder, files.graph, meta);
  if (is_faiss_index(record.factory)) add_checksum(folder, files.faiss, meta);
  return record;
}

/// The files of a tail but its embeddings, which are there.
void finish_tail(const fs::path& folder, const RowFiles& files, const std::vector<std::int64_t>& keys,
                 const Changes& changes, CatalogMeta& meta) {
  write_npy(folder / files.tail_keys, keys);
  write_npy(folder / files.removed, changes.removed_rows);
  {
    const NpyFile rows(folder / files.tail);
    index::RowCodes::write(folder / files.tail_codes, rows.floats(), rows.cols());
  }
  for (const std::string_view name : {files.tail, files.tail_keys, files.tail_codes, files.removed}) {
    add_checksum(folder, name, meta);
  }
}

/// Hard links to what a snapshot has of these files. @return false if the file system refuses
bool link_files(const Snapshot& from, const fs::path& folder, const std::vector<std::string_view>& names) {
  for (const std::string_view name : names) {
    if (!from.meta().checksums.contains(std::string(name))) continue;
    std::error_code problem;
    fs::create_hard_link(from.folder() / name, folder / name, problem);
    if (problem) return false;
  }
  return true;
}

std::vector<std::string_view> base_files(const RowFiles& files) {
  return {files.embeddings, files.keys, files.codes, files.graph, files.faiss};
}

/// Different keys in an ascending list.
std::size_t distinct(std::vector<std::int64_t> keys) {
  return static_cast<std::size_t>(std::unique(keys.begin(), keys.end()) - keys.begin());
}

void write_projection(const fs::path& path, const std::optional<embedding::Projection>& projection) {
  AtomicFile file(path);
  if (projection) file.write(projection->serialize());
  file.commit();
}

void write_flat_index(const fs::path& path, const NpyFile& rows) {
  index::FlatIndexFileWriter writer(path, rows.rows(), rows.cols());
  for (std::size_t row = 0; row < rows.rows(); ++row) {
    writer.add(rows.floats().subspan(row * rows.cols(), rows.cols()));
  }
  writer.commit();
}

Fit fit_segments(const catalog::Catalog& catalog, const embedding::ModelInfo& model,
                 const std::vector<std::pair<std::int64_t, std::size_t>>& counts,
                 const std::stop_token& stop) {
  std::size_t total = 0;
  for (const auto& [key, count] : counts) total += count;
  const std::size_t step = (total + kFitSample - 1) / kFitSample;
  std::vector<embedding::Descriptor> sample;
  std::size_t next = 0;  // of the track's segments, the next that is part of the sample
  for (const auto& [key, count] : counts) {
    check_stop(stop);
    for (; next < count; next += step) {
      const std::string bytes = catalog.segment_of(key, next);
      if (!bytes.empty()) sample.push_back(decoded(catalog, bytes, key));
    }
    next -= count;
  }
  if (sample.empty()) return {};
  return {embedding::Projection::fit(model, sample), counts.size()};
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
  write_projection(folder / kProjectionFile, fit.projection);
  add_checksum(folder, kProjectionFile, meta);
  meta.index = write_base_index(folder, kTrackRows, request, choice, meta, stop);
  if (whole && !is_faiss_index(meta.index.factory)) {
    write_flat_index(folder / kIndexFile, NpyFile(folder / kEmbeddingsFile));
    add_checksum(folder, kIndexFile, meta);
  }
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
  std::vector<std::string_view> names = base_files(kTrackRows);
  names.push_back(kProjectionFile);
  names.insert(names.end(), kPartFiles.begin(), kPartFiles.end());
  return link_files(from, folder, names);
}

bool link_segment_base(const Snapshot& from, const fs::path& folder, CatalogMeta& meta) {
  std::vector<std::string_view> names = base_files(kSegmentRows);
  names.push_back(kSegmentProjectionFile);
  if (!link_files(from, folder, names)) return false;
  for (const std::string_view name : names) {
    const auto checksum = from.meta().checksums.find(std::string(name));
    if (checksum != from.meta().checksums.end()) meta.checksums.insert(*checksum);
  }
  for (const std::string_view name :
       {kSegmentRows.tail, kSegmentRows.tail_keys, kSegmentRows.tail_codes, kSegmentRows.removed}) {
    meta.checksums.erase(std::string(name));
  }
  meta.segments = from.meta().segments;
  meta.segments->rows.removed = meta.segments->rows.tail = 0;
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
  finish_tail(folder, kTrackRows, keys, changes, meta);
  meta.revision = changes.revision;
  meta.tail_rows = keys.size();
  meta.removed_rows = changes.removed_rows.size();
  meta.tracks = meta.base_rows - meta.removed_rows + meta.tail_rows;
  meta.rows.clear();
}

void write_segment_base(const fs::path& folder, const catalog::Catalog& catalog,
                        const embedding::ModelInfo& model, const IndexRequest& request,
                        const index::AutoConfig& choice, std::size_t exact_rows, CatalogMeta& meta,
                        const std::stop_token& stop) {
  SegmentMeta segments;
  segments.base_revision = catalog.revision();
  const auto counts = catalog.segment_counts();
  const Fit fit = fit_segments(catalog, model, counts, stop);
  std::vector<std::int64_t> keys;
  NpyRowsWriter fused(folder / kSegmentRows.embeddings, kEmbeddingDimensions);
  for (const auto& [key, count] : counts) {
    if (!fit.projection) break;  // all were removed since they were counted
    check_stop(stop);
    const std::size_t before = keys.size();
    catalog.for_each_segment(key, [&, track = key](std::string_view bytes) {
      fused.add(fit.projection->project(decoded(catalog, bytes, track)).fused);
      keys.push_back(track);
    });
    if (keys.size() > before) ++segments.base_tracks;
  }
  segments.tracks = segments.base_tracks;
  fused.commit();
  write_npy(folder / kSegmentRows.keys, keys);
  write_projection(folder / kSegmentProjectionFile, fit.projection);
  add_checksum(folder, kSegmentProjectionFile, meta);
  segments.rows.base = keys.size();
  const bool exact = keys.size() <= exact_rows;
  segments.index = write_base_index(folder, kSegmentRows, exact ? IndexRequest{.kind = "exact"} : request,
                                    choice, meta, stop);
  meta.segments = segments;
}

NpyFile segment_base_keys(const fs::path& folder) { return NpyFile(folder / kSegmentRows.keys); }

void write_segment_tail(const fs::path& folder, const catalog::Catalog& catalog, const Changes& changes,
                        const Snapshot* kept, CatalogMeta& meta, const std::stop_token& stop) {
  const auto projection =
      embedding::Projection::deserialize(read_file(folder / kSegmentProjectionFile, kMaxProjectionBytes));
  std::vector<std::int64_t> fresh;
  if (kept != nullptr) fresh = catalog.keys_changed_since(kept->revision());
  std::vector<std::int64_t> keys;
  NpyRowsWriter fused(folder / kSegmentRows.tail, kEmbeddingDimensions);
  for (const std::int64_t key : changes.tail_keys) {
    check_stop(stop);
    if (kept != nullptr && !std::binary_search(fresh.begin(), fresh.end(), key)) {
      const RowRange range = kept->segments()->rows_of(key);
      for (std::size_t row = range.first; row < range.first + range.count; ++row) {
        fused.add(kept->segments()->embedding(row));
        keys.push_back(key);
      }
      continue;
    }
    catalog.for_each_segment(key, [&](std::string_view bytes) {
      fused.add(projection.project(decoded(catalog, bytes, key)).fused);
      keys.push_back(key);
    });
  }
  fused.commit();
  finish_tail(folder, kSegmentRows, keys, changes, meta);
  const NpyFile base_file = segment_base_keys(folder);
  std::vector<std::int64_t> removed;
  for (const std::int64_t row : changes.removed_rows) {
    removed.push_back(base_file.integers()[static_cast<std::size_t>(row)]);
  }
  meta.segments->tracks = meta.segments->base_tracks - distinct(removed) + distinct(keys);
  meta.segments->rows.tail = keys.size();
  meta.segments->rows.removed = changes.removed_rows.size();
}

}  // namespace resonance::engine
