#include "resonance/index/flat_index_file.h"

#include "resonance/core/error.h"

#include <fstream>
#include <memory>
#include <random>
#include <vector>

#include <faiss/IndexFlat.h>
#include <faiss/index_io.h>
#include <gtest/gtest.h>

#include "support/temporary_directory.h"

namespace resonance::index {
namespace {

std::vector<float> random_vectors(std::size_t count, std::size_t dimensions) {
  std::mt19937 generator(7);
  std::normal_distribution<float> normal;
  std::vector<float> values(count * dimensions);
  for (float& value : values) value = normal(generator);
  return values;
}

TEST(FlatIndexFile, faiss_reads_what_is_written) {
  const testing::TemporaryDirectory folder;
  constexpr std::size_t kRows = 50;
  constexpr std::size_t kDimensions = 16;
  const std::vector<float> vectors = random_vectors(kRows, kDimensions);
  FlatIndexFileWriter writer(folder / "index.faiss", kRows, kDimensions);
  for (std::size_t row = 0; row < kRows; ++row) {
    writer.add(std::span(vectors).subspan(row * kDimensions, kDimensions));
  }
  writer.commit();
  EXPECT_EQ(check_flat_index_file(folder / "index.faiss"), (FlatIndexShape{kRows, kDimensions}));

  const std::unique_ptr<faiss::Index> loaded(faiss::read_index((folder / "index.faiss").c_str()));
  const auto* flat = dynamic_cast<faiss::IndexFlatIP*>(loaded.get());
  ASSERT_NE(flat, nullptr);
  EXPECT_EQ(flat->ntotal, static_cast<std::int64_t>(kRows));
  EXPECT_EQ(std::vector<float>(flat->get_xb(), flat->get_xb() + vectors.size()), vectors);
}

TEST(FlatIndexFile, what_faiss_writes_passes_the_check) {
  const testing::TemporaryDirectory folder;
  faiss::IndexFlatIP flat(8);
  const std::vector<float> vectors = random_vectors(3, 8);
  flat.add(3, vectors.data());
  faiss::write_index(&flat, (folder / "index.faiss").c_str());
  EXPECT_EQ(check_flat_index_file(folder / "index.faiss"), (FlatIndexShape{3, 8}));
}

TEST(FlatIndexFile, any_truncation_or_changed_header_byte_is_refused_by_name) {
  const testing::TemporaryDirectory folder;
  FlatIndexFileWriter writer(folder / "index.faiss", 1, 2);
  writer.add(std::vector<float>{1, 2});
  writer.commit();
  const std::string whole = read_file(folder / "index.faiss", 1000);
  const auto refused = [&](const std::string& bytes) {
    std::ofstream(folder / "bad.faiss", std::ios::binary) << bytes;
    try {
      (void)check_flat_index_file(folder / "bad.faiss");
      return false;
    } catch (const Error& error) {
      return error.code() == ErrorCode::corrupt_data &&
             std::string(error.what()).find("bad.faiss") != std::string::npos;
    }
  };
  for (std::size_t length = 0; length < whole.size(); ++length) EXPECT_TRUE(refused(whole.substr(0, length)));
  for (std::size_t at = 0; at < 45; ++at) {
    std::string flipped = whole;
    flipped[at] = static_cast<char>(flipped[at] ^ 0x80);
    EXPECT_TRUE(refused(flipped)) << at;
  }
}

}  // namespace
}  // namespace resonance::index
