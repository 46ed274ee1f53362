#pragma once

#include "resonance/embedding/embedder.h"
#include "resonance/engine/index_request.h"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace resonance::engine {

/// How many rows there are of one kind, in base and tail.
struct RowCounts {
  std::size_t base = 0;     ///< of the embeddings and keys, and of what finds them
  std::size_t removed = 0;  ///< of the base: gone or replaced since
  std::size_t tail = 0;     ///< added or replaced since

  [[nodiscard]] std::size_t left() const { return base - removed + tail; }
};

/// What meta.json says of the segments of a snapshot, as CatalogMeta does of its tracks.
struct SegmentMeta {
  std::int64_t base_revision = 0;
  std::size_t tracks = 0;       ///< that have segments
  std::size_t base_tracks = 0;  ///< whose segments the base holds
  RowCounts rows;
  IndexRecord index;
};

/// What meta.json says of a snapshot: enough to refuse a wrong one and to read the other files without us.
struct CatalogMeta {
  embedding::ModelInfo model;
  std::int64_t revision = 0;       ///< of the catalog that it shows
  std::int64_t base_revision = 0;  ///< of the catalog when the base was made, or a little before
  std::size_t tracks = 0;          ///< N: base_rows - removed_rows + tail_rows
  std::size_t base_rows = 0;       ///< of embeddings.npy and keys.npy, and of what finds them
  /// Rows of removed.npy: rows of the base that are gone or have been replaced.
  std::size_t removed_rows = 0;
  std::size_t tail_rows = 0;            ///< of tail.npy and tail-keys.npy: added or replaced since
  std::size_t fitted_library_size = 0;  ///< tracks in the library when the projection was fitted
  IndexRequest asked;                   ///< what the base's index was asked to be
  IndexRecord index;                    ///< what it is
  std::optional<SegmentMeta> segments;  ///< if the catalog keeps them
  /// CRC-32 of the snapshot's other files by name, for `doctor`.
  std::map<std::string, std::uint32_t> checksums;
  /// Public id and path by row; left out above kMaxListedTracks, and where there is a tail.
  std::vector<std::pair<std::string, std::string>> rows;
};

/// Up to here what others may have a use for is kept twice: ids and paths in meta.json, embeddings in
/// index.faiss, and their parts.
inline constexpr std::size_t kMaxListedTracks = 40'000;

/// Writes `path` atomically, `rows` last. Bytes of a path that are not UTF-8 become U+FFFD.
void write_catalog_meta(const std::filesystem::path& path, const CatalogMeta& meta);
/// Without `rows`, which are not even read: costs the same whatever the catalog's size.
/// @throws Error(corrupt_data, version_mismatch) naming the file
CatalogMeta read_catalog_meta(const std::filesystem::path& path);
/// Reads the file to its end. @throws Error(corrupt_data) if it is no JSON or lists another number of rows
void verify_catalog_meta(const std::filesystem::path& path);

}  // namespace resonance::engine
