#include "resonance/index/flat_index.h"

#include "resonance/core/error.h"
#include "resonance/index/flat_index_file.h"

#include <cmath>
#include <fstream>
#include <limits>
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

TEST(FlatIndex, finds_the_best_inner_products_in_order) {
  const std::vector<float> vectors{1, 0, 0, 1, 0.6F, 0.8F, -1, 0};
  const FlatIndex index(vectors, 2);
  const std::vector<Neighbor> expected{{0, 1.0F}, {2, 0.6F}, {1, 0.0F}};
  EXPECT_EQ(index.search(std::vector<float>{1, 0}, 3), expected);
}

TEST(FlatIndex, agrees_with_a_plain_loop_over_random_vectors) {
  constexpr std::size_t kDimensions = 512;
  const std::vector<float> vectors = random_vectors(300, kDimensions);
  const std::vector<float> query(vectors.begin(), vectors.begin() + kDimensions);
  const auto found = FlatIndex(vectors, kDimensions).search(query, 300);
  ASSERT_EQ(found.size(), 300U);
  EXPECT_EQ(found[0].row, 0);
  for (const Neighbor& neighbor : found) {
    double expected = 0;
    for (std::size_t d = 0; d < kDimensions; ++d) {
      expected +=
          static_cast<double>(query[d]) * vectors[static_cast<std::size_t>(neighbor.row) * kDimensions + d];
    }
    EXPECT_NEAR(neighbor.score, expected, 1e-3);
  }
}

TEST(FlatIndex, equal_scores_come_in_order_of_row) {
  const std::vector<float> vectors(20, 1.0F);
  const auto found = FlatIndex(vectors, 2).search(std::vector<float>{1, 1}, 10);
  ASSERT_EQ(found.size(), 10U);
  for (std::size_t i = 0; i < found.size(); ++i) EXPECT_EQ(found[i].row, static_cast<std::int64_t>(i));
}

TEST(FlatIndex, asking_for_nothing_or_for_too_much_is_fine) {
  const std::vector<float> vectors{1, 0, 0, 1};
  const FlatIndex index(vectors, 2);
  EXPECT_TRUE(index.search(std::vector<float>{1, 0}, 0).empty());
  EXPECT_EQ(index.search(std::vector<float>{1, 0}, 99).size(), 2U);
  EXPECT_TRUE(FlatIndex({}, 2).search(std::vector<float>{1, 0}, 5).empty());
}

TEST(FlatIndex, queries_of_another_dimension_or_with_nan_are_refused) {
  const std::vector<float> vectors{1, 0, 0, 1};
  const FlatIndex index(vectors, 2);
  EXPECT_THROW((void)index.search(std::vector<float>{1, 0, 0}, 1), Error);
  EXPECT_THROW((void)index.search(std::vector<float>{1, std::numeric_limits<float>::quiet_NaN()}, 1), Error);
  EXPECT_THROW(FlatIndex(vectors, 3), Error);
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
