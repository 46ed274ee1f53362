#include "resonance/index/vector_kernels.h"

#include <cmath>
#include <limits>
#include <random>
#include <vector>

#include <gtest/gtest.h>
#include <hwy/highway.h>

namespace resonance::index {
namespace {

template <typename Check>
void for_each_vector_target(Check check) {
  std::vector<std::int64_t> targets;
  for (std::int64_t left = hwy::SupportedTargets(); left != 0; left &= left - 1)
    targets.push_back(left & -left);
  for (const std::int64_t target : targets) {
    hwy::SetSupportedTargetsForTest(target);
    hwy::GetChosenTarget().Update(hwy::SupportedTargets());
    check(hwy::TargetName(target));
  }
  hwy::SetSupportedTargetsForTest(0);
  hwy::GetChosenTarget().DeInit();
}

TEST(InnerProduct, of_axes_is_one_with_itself_and_zero_with_another) {
  std::vector<float> x(40);
  std::vector<float> y(40);
  x[3] = 1;
  y[39] = 1;
  EXPECT_EQ(inner_product(x, x), 1);
  EXPECT_EQ(inner_product(x, y), 0);
  EXPECT_EQ(inner_product({}, {}), 0);
}

TEST(InnerProduct, is_the_same_number_on_every_vector_target_for_any_length_and_alignment) {
  std::mt19937 generator(3);
  std::normal_distribution<float> normal;
  std::vector<float> a(700);
  std::vector<float> b(700);
  for (float& value : a) value = normal(generator) * std::exp(8 * normal(generator));
  for (float& value : b) value = normal(generator);
  for_each_vector_target([&](const char* target) {
    for (std::size_t length = 0; length < 140; ++length) {
      const auto left = std::span(a).subspan(length % 5, length);
      const auto right = std::span(b).subspan(length % 3, length);
      EXPECT_EQ(inner_product(left, right), scalar::inner_product(left, right)) << target << ' ' << length;
    }
    EXPECT_EQ(inner_product(a, b), scalar::inner_product(a, b)) << target;
  });
}

TEST(CodeProducts, are_the_integer_sums_on_every_vector_target_up_to_the_limit) {
  for (const std::size_t size : {64U, 128U, 512U, 576U}) {
    const auto limit = query_code_limit(size);
    std::mt19937 generator(5);
    for (const bool extreme : {false, true}) {
      std::vector<std::int16_t> query(size);
      for (auto& code : query) {
        code = static_cast<std::int16_t>(
            extreme ? limit
                    : static_cast<std::int32_t>(generator() % (2U * static_cast<unsigned>(limit))) - limit);
      }
      for (const std::size_t rows : {0U, 1U, 3U, 4U, 11U}) {
        std::vector<std::int8_t> codes(rows * size);
        for (auto& code : codes)
          code = static_cast<std::int8_t>(extreme ? -128 : static_cast<int>(generator() % 256) - 128);
        std::vector<std::int32_t> expected(rows);
        scalar::code_products(codes, query, expected);
        for_each_vector_target([&](const char* target) {
          std::vector<std::int32_t> products(rows);
          code_products(codes, query, products);
          EXPECT_EQ(products, expected) << target;
        });
      }
    }
  }
}

TEST(CodeProducts, of_scattered_rows_and_of_two_rows_are_the_integer_sums_on_every_vector_target) {
  std::mt19937 generator(6);
  for (const std::size_t size : {64U, 192U, 512U}) {
    std::vector<std::int8_t> codes(20 * size);
    for (auto& code : codes) code = static_cast<std::int8_t>(static_cast<int>(generator() % 256) - 128);
    std::vector<std::int16_t> query(size);
    for (auto& code : query) code = static_cast<std::int16_t>(static_cast<int>(generator() % 30000) - 15000);
    std::vector<std::int32_t> all(20);
    scalar::code_products(codes, query, all);
    for_each_vector_target([&](const char* target) {
      for (std::size_t count = 0; count < 12; ++count) {
        std::vector<std::uint32_t> rows;
        for (std::size_t i = 0; i < count; ++i) rows.push_back(generator() % 20);
        std::vector<std::int32_t> products(count);
        code_products_of(codes, rows, query, products);
        for (std::size_t i = 0; i < count; ++i) EXPECT_EQ(products[i], all[rows[i]]) << target;
      }
      const auto a = std::span<const std::int8_t>(codes).first(size);
      const auto b = std::span<const std::int8_t>(codes).last(size);
      EXPECT_EQ(code_product(a, b), scalar::code_product(a, b)) << target;
    });
  }
}

TEST(CodeProducts, of_the_limit_stay_within_32_bits_for_every_dimension) {
  for (const std::size_t dimensions : {1U, 2U, 512U, 65536U}) {
    const std::int64_t limit = query_code_limit(dimensions);
    EXPECT_GT(limit, 100);
    EXPECT_LE(limit * 128 * static_cast<std::int64_t>(dimensions), std::numeric_limits<std::int32_t>::max());
  }
}

TEST(FindNotBelow, finds_the_first_value_at_or_above_the_threshold_and_any_nan) {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  for_each_vector_target([&](const char* target) {
    for (std::size_t at = 0; at < 70; ++at) {
      for (const float value : {1.0F, 2.0F, nan}) {
        std::vector<float> values(70, 0.5F);
        values[at] = value;
        for (std::size_t from = 0; from <= values.size(); ++from) {
          EXPECT_EQ(find_not_below(values, from, 1), scalar::find_not_below(values, from, 1)) << target;
        }
      }
    }
    EXPECT_EQ(find_not_below({}, 0, 1), 0U);
  });
}

}  // namespace
}  // namespace resonance::index
