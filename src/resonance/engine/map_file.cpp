#include "resonance/engine/map_file.h"

#include "resonance/core/atomic_file.h"
#include "resonance/core/crc32.h"
#include "resonance/core/error.h"
#include "resonance/embedding/bytes.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <span>
#include <string_view>

namespace resonance::engine {
namespace {

constexpr std::string_view kMagic = "RSNCMAP\n";
constexpr std::uint32_t kVersion = 1;
constexpr std::size_t kMaxBytes = std::size_t{2} << 30;

}  // namespace

void write_map_file(const std::filesystem::path& path, const MapFile& map) {
  embedding::ByteWriter writer;
  writer.text(kMagic);
  writer.value(kVersion);
  writer.value(map.embeddings);
  writer.value(map.revision);
  writer.value(std::uint64_t{map.tracks.size()});
  for (const MappedTrack& track : map.tracks) {
    if (track.id.size() > std::numeric_limits<std::uint16_t>::max()) {
      throw Error(ErrorCode::invalid_argument, "the id of a track is too long for " + path.string());
    }
    writer.value(static_cast<std::uint16_t>(track.id.size()));
    writer.text(track.id);
    writer.values(std::span<const std::uint8_t>(track.hash.bytes));
    writer.value(track.place.x);
    writer.value(track.place.y);
  }
  writer.value(crc32(0, writer.bytes()));
  AtomicFile file(path);
  file.write(writer.bytes());
  file.commit();
}

MapFile read_map_file(const std::filesystem::path& path) {
  const std::string bytes = read_file(path, kMaxBytes);
  embedding::ByteReader reader(bytes, path.string());
  if (bytes.size() < kMagic.size() || reader.text(kMagic.size()) != kMagic) reader.fail("is no map");
  if (const auto version = reader.value<std::uint32_t>(); version != kVersion) {
    throw Error(ErrorCode::version_mismatch, path.string() + " has version " + std::to_string(version) +
                                                 "; this program reads version " + std::to_string(kVersion) +
                                                 " (delete it: `resonance map` makes it anew)");
  }
  const std::string_view checked(bytes.data(), bytes.size() - std::min(bytes.size(), sizeof(std::uint32_t)));
  embedding::ByteReader end(std::string_view(bytes).substr(checked.size()), path.string());
  if (end.value<std::uint32_t>() != crc32(0, checked)) reader.fail("is damaged");

  MapFile map;
  map.embeddings = reader.value<std::uint32_t>();
  map.revision = reader.value<std::int64_t>();
  const auto count = reader.value<std::uint64_t>();
  if (count > reader.left()) reader.fail("is cut short");
  map.tracks.reserve(count);
  for (std::uint64_t i = 0; i < count; ++i) {
    MappedTrack track;
    track.id = reader.text(reader.value<std::uint16_t>());
    const auto hash = reader.values<std::uint8_t>(track.hash.bytes.size());
    std::copy(hash.begin(), hash.end(), track.hash.bytes.begin());
    track.place.x = reader.value<double>();
    track.place.y = reader.value<double>();
    if (!std::isfinite(track.place.x) || !std::isfinite(track.place.y)) reader.fail("is damaged");
    map.tracks.push_back(std::move(track));
  }
  if (reader.left() != sizeof(std::uint32_t)) reader.fail("is damaged");
  return map;
}

}  // namespace resonance::engine
