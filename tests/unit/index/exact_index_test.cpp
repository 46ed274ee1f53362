#include "resonance/index/exact_index.h"

#include "resonance/core/error.h"

#include <limits>
#include <memory>
#include <random>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "index_vectors.h"

namespace resonance::index {
namespace {

using testing::clustered_vectors;
using testing::sorted_by_score;

constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
constexpr float kInfinity = std::numeric_limits<float>::infinity();

ExactIndex with_codes(std::span<const float> vectors, std::size_t dimensions) {
  return {vectors, dimensions, Metric::inner_product,
          std::make_shared<const RowCodes>(RowCodes::of(vectors, dimensions))};
}

TEST(RowFilter, counts_the_rows_it_allows) {
  RowFilter filter(70);
  EXPECT_EQ(filter.count(), 0U);
  filter.allow(69);
  filter.allow(69);
  filter.allow(0);
  EXPECT_EQ(filter.count(), 2U);
  EXPECT_TRUE(filter.allows(69));
  filter.forbid(69);
  filter.forbid(68);
  EXPECT_EQ(filter.count(), 1U);
  EXPECT_FALSE(filter.allows(69));
  EXPECT_THROW(filter.allow(70), Error);
  EXPECT_EQ(RowFilter(70, true).count(), 70U);
  EXPECT_EQ(RowFilter(70, true).words()[1], 63U);
  EXPECT_EQ(RowFilter(0, true).size(), 0U);
}

TEST(ExactIndex, finds_the_best_inner_products_in_order) {
  const std::vector<float> vectors{1, 0, 0, 1, 0.6F, 0.8F, -1, 0};
  const std::vector<Neighbor> expected{{0, 1.0F}, {2, 0.6F}, {1, 0.0F}};
  EXPECT_EQ(ExactIndex(vectors, 2).search(std::vector<float>{1, 0}, 3), expected);
}

TEST(ExactIndex, by_distance_finds_the_nearest_and_scores_minus_the_square) {
  const std::vector<float> vectors{3, 0, 0, 1, 1, 0};
  const std::vector<Neighbor> expected{{2, 0.0F}, {1, -2.0F}, {0, -4.0F}};
  EXPECT_EQ(ExactIndex(vectors, 2, Metric::l2).search(std::vector<float>{1, 0}, 3), expected);
}

TEST(ExactIndex, answers_as_a_plain_loop_does_whichever_way_it_takes) {
  for (const std::size_t dimensions : {1U, 7U, 64U, 100U, 512U}) {
    const auto vectors = clustered_vectors(3000, dimensions, 2);
    const auto queries = clustered_vectors(40, dimensions, 3);
    const ExactIndex plain(vectors, dimensions);
    const ExactIndex coded = with_codes(vectors, dimensions);
    for (const std::size_t count : {1U, 10U, 100U, 2999U, 5000U}) {
      const auto batch = plain.search_batch(queries, count);
      const auto coded_batch = coded.search_batch(queries, count);
      const auto small_batch = coded.search_batch(std::span(queries).first(3 * dimensions), count);
      for (std::size_t q = 0; q < 40; ++q) {
        const auto query = std::span(queries).subspan(q * dimensions, dimensions);
        const auto expected = sorted_by_score(vectors, query, count);
        EXPECT_EQ(plain.search(query, count), expected);
        EXPECT_EQ(coded.search(query, count), expected);
        EXPECT_EQ(batch[q], expected);
        EXPECT_EQ(coded_batch[q], expected);
        if (q < 3) {
          EXPECT_EQ(small_batch[q], expected);
        }
      }
    }
  }
}

TEST(ExactIndex, queries_need_not_be_of_unit_length) {
  constexpr std::size_t kDimensions = 96;
  const auto vectors = clustered_vectors(2000, kDimensions, 2);
  const ExactIndex coded = with_codes(vectors, kDimensions);
  const auto query = clustered_vectors(1, kDimensions, 9);
  for (const float scale : {1e-38F, 1e-20F, 1e-6F, 1e3F, 1e20F, 1e37F}) {
    std::vector<float> scaled = query;
    for (float& value : scaled) value *= scale;
    for (std::size_t d = 0; d < 40; ++d) scaled[d] *= 0.1F;  // as weights per modality do
    std::vector<float> many;
    for (int i = 0; i < 30; ++i) many.insert(many.end(), scaled.begin(), scaled.end());
    const auto expected = sorted_by_score(vectors, scaled, 10);
    EXPECT_EQ(coded.search(scaled, 10), expected) << scale;
    EXPECT_EQ(coded.search_batch(many, 10)[29], expected) << scale;
    EXPECT_EQ(ExactIndex(vectors, kDimensions).search_batch(many, 10)[0], expected) << scale;
  }
}

TEST(ExactIndex, rows_of_very_different_lengths_are_ranked_exactly) {
  constexpr std::size_t kDimensions = 32;
  auto vectors = clustered_vectors(2000, kDimensions, 4);
  std::mt19937 generator(4);
  for (std::size_t row = 0; row < 2000; ++row) {
    const float scale = std::pow(10.0F, static_cast<float>(generator() % 60) - 40.0F);
    for (std::size_t d = 0; d < kDimensions; ++d) vectors[row * kDimensions + d] *= scale;
  }
  const auto query = clustered_vectors(1, kDimensions, 5);
  EXPECT_EQ(with_codes(vectors, kDimensions).search(query, 400), sorted_by_score(vectors, query, 400));
}

TEST(ExactIndex, equal_scores_come_in_order_of_row) {
  const std::vector<float> vectors(200, 1.0F);
  const auto query = std::vector<float>{1, 1};
  for (const auto& found :
       {with_codes(vectors, 2).search(query, 10), ExactIndex(vectors, 2).search(query, 10),
        with_codes(vectors, 2).search(std::vector<float>{0, 0}, 10)}) {
    ASSERT_EQ(found.size(), 10U);
    for (std::size_t i = 0; i < found.size(); ++i) EXPECT_EQ(found[i].row, static_cast<std::int64_t>(i));
  }
}

TEST(ExactIndex, near_ties_within_the_rounding_of_the_codes_are_told_apart) {
  constexpr std::size_t kDimensions = 512;
  auto vectors = clustered_vectors(1, kDimensions, 6);
  const auto query = vectors;
  std::mt19937 generator(8);
  while (vectors.size() < 4000 * kDimensions) {
    auto copy = query;
    copy[generator() % kDimensions] *= 1.0F + 1e-5F * static_cast<float>(generator() % 3);
    vectors.insert(vectors.end(), copy.begin(), copy.end());
  }
  EXPECT_EQ(with_codes(vectors, kDimensions).search(query, 25), sorted_by_score(vectors, query, 25));
}

TEST(ExactIndex, only_allowed_rows_come_back_and_as_many_as_there_are) {
  constexpr std::size_t kDimensions = 48;
  constexpr std::size_t kRows = 5000;
  const auto vectors = clustered_vectors(kRows, kDimensions, 2);
  const auto queries = clustered_vectors(30, kDimensions, 3);
  const ExactIndex coded = with_codes(vectors, kDimensions);
  for (const unsigned one_in : {1U, 2U, 10U, 100U, 2500U}) {
    RowFilter filter(kRows);
    for (std::size_t row = 0; row < kRows; row += one_in) filter.allow(row);
    const SearchSettings settings{.filter = &filter};
    const auto batch = coded.search_batch(queries, 10, settings);
    for (std::size_t q = 0; q < 30; ++q) {
      const auto query = std::span(queries).subspan(q * kDimensions, kDimensions);
      const auto expected = sorted_by_score(vectors, query, 10, &filter);
      EXPECT_EQ(expected.size(), std::min<std::size_t>(10, filter.count()));
      EXPECT_EQ(coded.search(query, 10, settings), expected);
      EXPECT_EQ(batch[q], expected);
    }
  }
  const RowFilter nothing(kRows);
  EXPECT_TRUE(coded.search(std::span(queries).first(kDimensions), 10, {.filter = &nothing}).empty());
}

TEST(ExactIndex, asking_for_nothing_or_for_too_much_is_fine) {
  const std::vector<float> vectors{1, 0, 0, 1};
  const ExactIndex index(vectors, 2);
  EXPECT_TRUE(index.search(std::vector<float>{1, 0}, 0).empty());
  EXPECT_EQ(index.search(std::vector<float>{1, 0}, 99).size(), 2U);
  EXPECT_TRUE(index.search_batch({}, 3).empty());
  EXPECT_EQ(index.search_batch(std::vector<float>{1, 0, 0, 1}, 0).size(), 2U);
  EXPECT_TRUE(ExactIndex({}, 2).search(std::vector<float>{1, 0}, 5).empty());
  EXPECT_TRUE(with_codes({}, 2).search(std::vector<float>{1, 0}, 5).empty());
}

TEST(ExactIndex, wrong_requests_are_refused) {
  const std::vector<float> vectors{1, 0, 0, 1};
  const ExactIndex index(vectors, 2);
  const std::vector<float> query{1, 0};
  EXPECT_THROW((void)index.search(std::vector<float>{1, 0, 0}, 1), Error);
  EXPECT_THROW((void)index.search(std::vector<float>{1, kNan}, 1), Error);
  EXPECT_THROW((void)index.search(std::vector<float>{1, kInfinity}, 0), Error);
  EXPECT_THROW((void)index.search_batch(std::vector<float>{1, 0, 0}, 1), Error);
  const RowFilter other(3);
  EXPECT_THROW((void)index.search(query, 1, {.filter = &other}), Error);
  EXPECT_THROW((void)index.search(query, 1, {.k_factor = 0.5}), Error);
  EXPECT_THROW((void)index.search(query, 1, {.k_factor = static_cast<double>(kNan)}), Error);
  EXPECT_THROW(ExactIndex(vectors, 3), Error);
  EXPECT_THROW(ExactIndex(vectors, 0), Error);
  const auto codes = std::make_shared<const RowCodes>(RowCodes::of(vectors, 1));
  EXPECT_THROW(ExactIndex(vectors, 2, Metric::inner_product, codes), Error);
}

TEST(ExactIndex, several_threads_may_search_one) {
  constexpr std::size_t kDimensions = 32;
  const auto vectors = clustered_vectors(2000, kDimensions, 2);
  const auto queries = clustered_vectors(8, kDimensions, 3);
  const ExactIndex index = with_codes(vectors, kDimensions);
  const auto expected = index.search_batch(queries, 5);
  std::vector<std::vector<std::vector<Neighbor>>> found(4);
  std::vector<std::thread> threads;
  for (auto& answer : found) threads.emplace_back([&] { answer = index.search_batch(queries, 5); });
  for (auto& thread : threads) thread.join();
  for (const auto& answer : found) EXPECT_EQ(answer, expected);
}

}  // namespace
}  // namespace resonance::index
