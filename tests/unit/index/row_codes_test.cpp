#include "resonance/index/row_codes.h"

#include "resonance/core/atomic_file.h"
#include "resonance/core/error.h"
#include "resonance/index/exact_index.h"

#include <cmath>
#include <fstream>
#include <limits>
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "index_vectors.h"
#include "support/temporary_directory.h"

namespace resonance::index {
namespace {

TEST(RowCodes, of_what_int8_can_say_lose_nothing) {
  const std::vector<float> vectors{127, -127, 5, 0, 0, 0};
  const RowCodes codes = RowCodes::of(vectors, 3);
  EXPECT_EQ(codes.scales()[0], 1);
  EXPECT_EQ(codes.codes()[0], 127);
  EXPECT_EQ(codes.codes()[1], -127);
  EXPECT_EQ(codes.codes()[2], 5);
  EXPECT_LT(codes.residuals()[0], 1e-30F);
  EXPECT_EQ(codes.scales()[1], 0);
}

TEST(RowCodes, residuals_and_norm_bound_what_is_lost) {
  constexpr std::size_t kDimensions = 100;
  const auto vectors = testing::clustered_vectors(50, kDimensions, 1);
  const RowCodes codes = RowCodes::of(vectors, kDimensions);
  EXPECT_EQ(codes.stride(), 128U);
  for (std::size_t row = 0; row < 50; ++row) {
    double left = 0;
    double coded = 0;
    for (std::size_t d = 0; d < kDimensions; ++d) {
      const double code = double{codes.scales()[row]} * codes.codes()[row * codes.stride() + d];
      left += std::pow(vectors[row * kDimensions + d] - code, 2);
      coded += code * code;
    }
    EXPECT_LE(std::sqrt(left), codes.residuals()[row]);
    EXPECT_GE(std::sqrt(left) * 1.001, codes.residuals()[row]);
    EXPECT_LE(std::sqrt(coded), codes.max_norm());
  }
}

TEST(RowCodes, a_row_that_is_not_finite_is_refused_by_number) {
  const std::vector<float> vectors{0, 0, 0, std::numeric_limits<float>::infinity()};
  try {
    (void)RowCodes::of(vectors, 2);
    FAIL();
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find("row 1"), std::string::npos);
  }
}

TEST(RowCodes, from_a_file_are_those_in_memory) {
  const testing::TemporaryDirectory folder;
  constexpr std::size_t kDimensions = 40;
  const auto vectors = testing::clustered_vectors(1500, kDimensions, 1);
  RowCodes::write(folder / "codes.bin", vectors, kDimensions);
  const RowCodes read(folder / "codes.bin");
  const RowCodes made = RowCodes::of(vectors, kDimensions);
  EXPECT_TRUE(std::equal(read.codes().begin(), read.codes().end(), made.codes().begin(), made.codes().end()));
  EXPECT_TRUE(std::equal(read.scales().begin(), read.scales().end(), made.scales().begin()));
  EXPECT_TRUE(std::equal(read.residuals().begin(), read.residuals().end(), made.residuals().begin()));
  EXPECT_EQ(read.max_norm(), made.max_norm());
  read.verify(vectors);
  auto others = vectors;
  others[7] += 1;
  EXPECT_THROW(read.verify(others), Error);
}

TEST(RowCodes, an_empty_file_of_codes_is_whole) {
  const testing::TemporaryDirectory folder;
  RowCodes::write(folder / "codes.bin", {}, 8);
  EXPECT_EQ(RowCodes(folder / "codes.bin").size(), 0U);
}

TEST(RowCodes, truncation_is_refused_and_any_changed_byte_is_found_and_crashes_no_search) {
  const testing::TemporaryDirectory folder;
  constexpr std::size_t kDimensions = 8;
  const auto vectors = testing::clustered_vectors(64, kDimensions, 1);
  RowCodes::write(folder / "codes.bin", vectors, kDimensions);
  const std::string whole = read_file(folder / "codes.bin", 100000);
  const auto refused = [&](const std::string& bytes) {
    std::ofstream(folder / "bad.bin", std::ios::binary) << bytes;
    try {
      const auto codes = std::make_shared<const RowCodes>(folder / "bad.bin");
      const ExactIndex index(vectors, kDimensions, Metric::inner_product, codes);
      (void)index.search(std::span(vectors).first(kDimensions), 3);
      codes->verify(vectors);
      return false;
    } catch (const Error& error) {
      return error.code() == ErrorCode::corrupt_data &&
             std::string(error.what()).find("bad.bin") != std::string::npos &&
             std::string(error.what()).find("--rebuild") != std::string::npos;
    }
  };
  for (std::size_t length = 0; length < whole.size(); length += 7)
    EXPECT_TRUE(refused(whole.substr(0, length)));
  EXPECT_TRUE(refused(whole + "x"));
  for (std::size_t at = 0; at < whole.size(); at += at < 64 ? 1 : 5) {
    std::string flipped = whole;
    flipped[at] = static_cast<char>(flipped[at] ^ 0x80);
    EXPECT_TRUE(refused(flipped)) << at;
  }
}

TEST(RowCodes, files_that_cannot_be_read_are_named) {
  const testing::TemporaryDirectory folder;
  EXPECT_THROW(RowCodes(folder / "nothing"), Error);
  EXPECT_THROW(RowCodes(folder / "."), Error);
}

}  // namespace
}  // namespace resonance::index
