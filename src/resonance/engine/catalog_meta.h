#pragma once

#include "resonance/embedding/embedder.h"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace resonance::engine {

/// What meta.json says of a snapshot: enough to refuse a wrong one and to read the other files without us.
struct CatalogMeta {
  embedding::ModelInfo model;
  std::int64_t revision = 0;
  std::size_t tracks = 0;               ///< N, rows of every array
  std::size_t fitted_library_size = 0;  ///< tracks in the library when the projection was fitted
  std::string index_factory = "Flat";
  std::string metric = "inner_product";
  /// CRC-32 of the snapshot's other files by name, for `doctor`.
  std::map<std::string, std::uint32_t> checksums;
  /// Public id and path by row; left out above kMaxListedTracks.
  std::vector<std::pair<std::string, std::string>> rows;
};

inline constexpr std::size_t kMaxListedTracks = 100'000;

/// Writes `path` atomically. Bytes of a path that are not UTF-8 become U+FFFD.
void write_catalog_meta(const std::filesystem::path& path, const CatalogMeta& meta);
/// Without `rows`. @throws Error(corrupt_data, version_mismatch) naming the file
CatalogMeta read_catalog_meta(const std::filesystem::path& path);

}  // namespace resonance::engine
