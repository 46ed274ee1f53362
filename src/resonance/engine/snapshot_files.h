#pragma once

#include "resonance/catalog/catalog.h"
#include "resonance/embedding/embedder.h"
#include "resonance/embedding/projection.h"
#include "resonance/engine/catalog_meta.h"
#include "resonance/engine/snapshot.h"
#include "resonance/index/auto_index.h"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <vector>

/// The files of a snapshot's folder, all but meta.json, which comes last and makes them a snapshot.
namespace resonance::engine {

/// A projection and the size of the library it was fitted on.
struct Fit {
  std::optional<embedding::Projection> projection;  ///< absent only for an empty library
  std::size_t library_size = 0;
};

/// Fits on every so-manieth track, so that memory is bounded. @throws Error(cancelled, corrupt_data)
Fit fit_projection(const catalog::Catalog& catalog, const embedding::ModelInfo& model,
                   const std::stop_token& stop);

/// What write_base() made.
struct Base {
  CatalogMeta meta;  ///< without a tail
  std::vector<std::int64_t> keys;
};

/// Writes embeddings, keys, codes, projection and the index of all tracks, and up to `whole_tracks` of them
/// what is kept twice for others.
/// @throws Error(no_space, unreadable, cancelled, corrupt_data; invalid_argument for a factory string)
Base write_base(const std::filesystem::path& folder, const catalog::Catalog& catalog,
                const embedding::ModelInfo& model, const Fit& fit, const IndexRequest& request,
                const index::AutoConfig& choice, std::size_t whole_tracks, const std::stop_token& stop);

/// How a catalog differs from a base.
struct Changes {
  std::int64_t revision = 0;               ///< of the catalog
  std::vector<std::int64_t> tail_keys;     ///< added or replaced, ascending
  std::vector<std::int64_t> removed_rows;  ///< of the base: gone or replaced, ascending

  [[nodiscard]] std::size_t count() const { return tail_keys.size() + removed_rows.size(); }
};
/// @param base_keys      ascending
/// @param base_revision  of the catalog when the base was made, or a little before
Changes changes_since(const catalog::Catalog& catalog, std::span<const std::int64_t> base_keys,
                      std::int64_t base_revision);

/// Hard links to the files of the tracks' base. @return false if the file system refuses
bool link_base(const Snapshot& from, const std::filesystem::path& folder);
/// The same for the base of the segments, of which `meta` then tells. @param from  with segments
bool link_segment_base(const Snapshot& from, const std::filesystem::path& folder, CatalogMeta& meta);

/// Writes the tail's files and puts them into `meta`.
/// @param kept  whose embeddings of unchanged rows are copied instead of computed; or null
/// @throws Error(no_space, unreadable, cancelled, corrupt_data)
void write_tail(const std::filesystem::path& folder, const catalog::Catalog& catalog, const Changes& changes,
                const embedding::Projection& projection, const Snapshot* kept, CatalogMeta& meta,
                const std::stop_token& stop);

/// Writes a base of all segments of the catalog, in a space fitted on them, and puts it into `meta`. They
/// have a space of their own because a short passage differs from the mean of a track in what it can be told
/// by, and because a small library has few tracks and many segments.
/// @param choice  for "auto", beyond `exact_rows` segments; up to these, search is exact
/// @throws Error as write_base
void write_segment_base(const std::filesystem::path& folder, const catalog::Catalog& catalog,
                        const embedding::ModelInfo& model, const IndexRequest& request,
                        const index::AutoConfig& choice, std::size_t exact_rows, CatalogMeta& meta,
                        const std::stop_token& stop);

/// Keys of the rows of a segment base in `folder`, ascending, a row each.
NpyFile segment_base_keys(const std::filesystem::path& folder);

/// Writes the tail of the segments beside their base in `folder`, and puts it into `meta`.
/// @param kept  as for write_tail; its segments have the same base
void write_segment_tail(const std::filesystem::path& folder, const catalog::Catalog& catalog,
                        const Changes& changes, const Snapshot* kept, CatalogMeta& meta,
                        const std::stop_token& stop);

}  // namespace resonance::engine
