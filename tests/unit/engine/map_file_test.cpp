#include "resonance/engine/map_file.h"

#include "resonance/core/atomic_file.h"
#include "resonance/core/error.h"

#include <fstream>
#include <string>

#include <gtest/gtest.h>

#include "support/temporary_directory.h"

namespace resonance::engine {
namespace {

MapFile sample() {
  MapFile map{.revision = 42, .embeddings = 0xDEADBEEF, .tracks = {}};
  map.tracks.push_back({"00ff", *content_hash_from_hex("000102030405060708090a0b0c0d0e0f"), {1.5, -2}});
  map.tracks.push_back({"00ff-2", {}, {0, 1e-9}});
  return map;
}

void write_bytes(const std::filesystem::path& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary) << bytes;
}

ErrorCode refusal_of(const std::filesystem::path& path) {
  try {
    (void)read_map_file(path);
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find(path.filename().string()), std::string::npos) << error.what();
    return error.code();
  }
  return ErrorCode::internal;
}

TEST(MapFile, round_trips) {
  const testing::TemporaryDirectory folder;
  write_map_file(folder / "map.bin", sample());
  EXPECT_EQ(read_map_file(folder / "map.bin"), sample());
  write_map_file(folder / "map.bin", {});
  EXPECT_EQ(read_map_file(folder / "map.bin"), MapFile{});
}

TEST(MapFile, any_truncation_and_any_flipped_bit_is_refused_by_name) {
  const testing::TemporaryDirectory folder;
  const auto path = folder / "map.bin";
  write_map_file(path, sample());
  const std::string whole = read_file(path, 10'000);
  for (std::size_t length = 0; length < whole.size(); ++length) {
    write_bytes(path, whole.substr(0, length));
    EXPECT_NE(refusal_of(path), ErrorCode::internal) << length;
  }
  for (std::size_t i = 0; i < whole.size(); ++i) {
    std::string flipped = whole;
    flipped[i] = static_cast<char>(flipped[i] ^ 0x10);
    write_bytes(path, flipped);
    EXPECT_NE(refusal_of(path), ErrorCode::internal) << i;
  }
  write_bytes(path, whole + "more");
  EXPECT_EQ(refusal_of(path), ErrorCode::corrupt_data);
}

TEST(MapFile, another_version_is_told_from_damage) {
  const testing::TemporaryDirectory folder;
  write_map_file(folder / "map.bin", sample());
  std::string bytes = read_file(folder / "map.bin", 10'000);
  bytes[8] = 9;
  write_bytes(folder / "map.bin", bytes);
  EXPECT_EQ(refusal_of(folder / "map.bin"), ErrorCode::version_mismatch);
}

TEST(MapFile, a_missing_file_is_not_found) {
  const testing::TemporaryDirectory folder;
  EXPECT_EQ(refusal_of(folder / "map.bin"), ErrorCode::not_found);
}

}  // namespace
}  // namespace resonance::engine
