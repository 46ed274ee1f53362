#include "resonance/core/npy.h"

#include "resonance/core/atomic_file.h"
#include "resonance/core/error.h"
#include "resonance/core/npz.h"

#include <filesystem>
#include <fstream>
#include <span>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "support/temporary_directory.h"

namespace resonance {
namespace {

TEST(Npy, a_matrix_round_trips_through_a_memory_map) {
  const testing::TemporaryDirectory folder;
  const std::vector<float> values{1, 2, 3, 4, 5, 6};
  write_npy(folder / "m.npy", values, 2, 3);
  const NpyFile file(folder / "m.npy");
  EXPECT_EQ(file.rows(), 2U);
  EXPECT_EQ(file.cols(), 3U);
  EXPECT_EQ(std::vector<float>(file.floats().begin(), file.floats().end()), values);
  EXPECT_THROW((void)file.integers(), Error);
}

/// What the kernel was told of the mapping of a file ("rd sh mr rr ...": proc(5), VmFlags).
std::string mapping_flags(const std::filesystem::path& file) {
  std::ifstream maps("/proc/self/smaps");
  bool of_file = false;
  for (std::string line; std::getline(maps, line);) {
    if (line.ends_with(file.string())) of_file = true;
    if (of_file && line.starts_with("VmFlags:")) return line + ' ';
  }
  return {};
}

TEST(Npy, scattered_reads_are_announced_to_the_kernel) {
  const testing::TemporaryDirectory folder;
  write_npy(folder / "m.npy", std::vector<float>(1024), 2, 512);
  const NpyFile file(folder / "m.npy");
  ASSERT_NE(mapping_flags(folder / "m.npy"), "");
  EXPECT_EQ(mapping_flags(folder / "m.npy").find(" rr "), std::string::npos);
  file.expect_scattered_reads();
  EXPECT_NE(mapping_flags(folder / "m.npy").find(" rr "), std::string::npos);
}

TEST(Npy, the_header_is_a_multiple_of_64_bytes_so_that_rows_are_aligned) {
  EXPECT_EQ(npy_header(NpyType::float32, 123456789, 512).size() % 64, 0U);
  EXPECT_EQ(npy_header(NpyType::int64, 7, 0).size() % 64, 0U);
}

TEST(Npy, integers_and_empty_arrays_round_trip) {
  const testing::TemporaryDirectory folder;
  const std::vector<std::int64_t> keys{-1, 1LL << 40};
  write_npy(folder / "k.npy", keys);
  EXPECT_EQ(NpyFile(folder / "k.npy").integers()[1], 1LL << 40);
  write_npy(folder / "e.npy", std::vector<float>{}, 0, 512);
  EXPECT_EQ(NpyFile(folder / "e.npy").rows(), 0U);
}

TEST(Npy, truncated_and_foreign_files_are_refused_by_name) {
  const testing::TemporaryDirectory folder;
  write_npy(folder / "m.npy", std::vector<float>(100), 10, 10);
  const std::string whole = read_file(folder / "m.npy", 10000);
  for (const std::size_t length :
       {std::size_t{0}, std::size_t{5}, std::size_t{9}, std::size_t{70}, whole.size() - 1}) {
    std::ofstream(folder / "t.npy", std::ios::binary) << whole.substr(0, length);
    try {
      const NpyFile file(folder / "t.npy");
      FAIL() << length;
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::corrupt_data);
      EXPECT_NE(std::string(error.what()).find("t.npy"), std::string::npos);
    }
  }
}

TEST(Npy, a_header_that_claims_more_than_the_file_holds_is_refused) {
  const testing::TemporaryDirectory folder;
  std::ofstream(folder / "h.npy", std::ios::binary)
      << npy_header(NpyType::float32, 4611686018427387904U, 4611686018427387904U) << "abcd";
  EXPECT_THROW(NpyFile(folder / "h.npy"), Error);
}

TEST(Npz, the_directory_names_every_member_with_its_checksum) {
  const testing::TemporaryDirectory folder;
  NpzWriter writer(folder / "a.npz");
  const std::vector<float> onset{1, 2, 3};
  const std::vector<float> chroma(24);
  writer.add("onset", std::vector<std::span<const float>>{onset}, 3, 0);
  writer.add("chroma", std::vector<std::span<const float>>{chroma, chroma}, 2, 24);
  writer.commit();
  const std::string bytes = read_file(folder / "a.npz", 10000);
  EXPECT_EQ(bytes.substr(0, 4), "PK\x03\x04");
  EXPECT_NE(bytes.find("onset.npy"), std::string::npos);
  EXPECT_EQ(bytes.substr(bytes.size() - 22, 4), "PK\x05\x06");
  EXPECT_EQ(static_cast<int>(bytes[bytes.size() - 14]), 2);
}

TEST(Npz, an_array_in_parts_is_the_array) {
  const testing::TemporaryDirectory folder;
  const std::vector<float> values{1, 2, 3, 4, 5, 6};
  const std::span<const float> all(values);
  const auto written = [&](const std::string& name, const std::vector<std::span<const float>>& parts) {
    NpzWriter writer(folder / name);
    writer.add("log_mel", parts, 3, 2);
    writer.add("onset", std::vector{all}, 6, 0);
    writer.commit();
    return read_file(folder / name, 10000);
  };
  EXPECT_EQ(written("parts.npz", {all.first(2), {}, all.subspan(2)}), written("whole.npz", {all}));
}

}  // namespace
}  // namespace resonance
