#pragma once

#include "resonance/core/content_hash.h"
#include "resonance/ranking/map_point.h"

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace resonance::engine {

/// Where a recording lies on the map that was made last.
struct MappedTrack {
  std::string id;    ///< public id, at most 65535 bytes
  ContentHash hash;  ///< of the recording: other content at the same place is another track
  ranking::MapPoint place;

  friend bool operator==(const MappedTrack&, const MappedTrack&) = default;
};

/// A map as it is kept in a catalog's folder (map.bin), to be shown again and to be continued. It follows
/// from the snapshot and an earlier map, so it may be deleted at any time.
struct MapFile {
  std::int64_t revision = 0;     ///< of the catalog the snapshot was made from
  std::uint32_t embeddings = 0;  ///< CRC-32 of that snapshot's embeddings.npy
  std::vector<MappedTrack> tracks;

  friend bool operator==(const MapFile&, const MapFile&) = default;
};

/// Writes `path` atomically: magic "RSNCMAP\n", version 1, revision, checksum of the embeddings, count, then
/// for each track its id (16-bit length), 16 bytes of hash, x and y as float64; CRC-32 of all that at the
/// end. Little-endian.
/// @throws Error as AtomicFile; Error(invalid_argument) for an id that is too long
void write_map_file(const std::filesystem::path& path, const MapFile& map);

/// @throws Error(not_found, unreadable; corrupt_data, version_mismatch naming the file; limit_exceeded above
/// 2 GiB)
MapFile read_map_file(const std::filesystem::path& path);

}  // namespace resonance::engine
