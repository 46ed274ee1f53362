#include "resonance/index/layered_index.h"

#include "resonance/core/error.h"
#include "resonance/index/graph_index.h"

#include <limits>
#include <memory>
#include <optional>
#include <random>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "index_vectors.h"

namespace resonance::index {
namespace {

using testing::clustered_vectors;
using testing::sorted_by_score;

constexpr std::size_t kDimensions = 40;
constexpr std::size_t kBase = 500;
constexpr std::size_t kTail = 70;
const std::vector<float> kVectors = clustered_vectors(kBase + kTail, kDimensions, 2);
const std::vector<float> kQueries = clustered_vectors(20, kDimensions, 3);

std::shared_ptr<const ExactIndex> exact(std::size_t first, std::size_t count) {
  const auto rows = std::span(kVectors).subspan(first * kDimensions, count * kDimensions);
  return std::make_shared<const ExactIndex>(
      rows, kDimensions, Metric::inner_product,
      std::make_shared<const RowCodes>(RowCodes::of(rows, kDimensions)));
}

std::span<const float> query(std::size_t number) {
  return std::span(kQueries).subspan(number * kDimensions, kDimensions);
}

RowFilter without_every(std::size_t step, std::size_t rows) {
  RowFilter filter(rows, true);
  for (std::size_t row = 0; row < rows; row += step) filter.forbid(row);
  return filter;
}

TEST(LayeredIndex, answers_as_one_index_over_the_rows_that_are_left) {
  const LayeredIndex layered(exact(0, kBase), exact(0, kBase), without_every(3, kBase), exact(kBase, kTail));
  EXPECT_EQ(layered.size(), kBase + kTail);
  EXPECT_EQ(layered.count(), kBase + kTail - 167);
  EXPECT_FALSE(layered.has(3));
  EXPECT_TRUE(layered.has(4));
  EXPECT_TRUE(layered.has(kBase));
  RowFilter left(kBase + kTail, true);
  for (std::size_t row = 0; row < kBase; row += 3) left.forbid(row);
  const auto batch = layered.search_batch(kQueries, 25);
  for (std::size_t q = 0; q < 20; ++q) {
    const auto expected = sorted_by_score(kVectors, query(q), 25, &left);
    EXPECT_EQ(layered.search(query(q), 25), expected);
    EXPECT_EQ(batch[q], expected);
  }
}

TEST(LayeredIndex, filters_cut_through_both_layers) {
  const LayeredIndex layered(exact(0, kBase), exact(0, kBase), without_every(3, kBase), exact(kBase, kTail));
  std::mt19937 random(1);
  for (const unsigned share : {2U, 5U, 60U}) {
    RowFilter filter(kBase + kTail);
    RowFilter expected(kBase + kTail);
    for (std::size_t row = 0; row < kBase + kTail; ++row) {
      if (random() % share != 0) continue;
      filter.allow(row);
      if (row >= kBase || row % 3 != 0) expected.allow(row);
    }
    EXPECT_EQ(layered.search(query(1), 600, {.filter = &filter}),
              sorted_by_score(kVectors, query(1), 600, &expected));
  }
}

TEST(LayeredIndex, vectors_are_found_by_row_in_either_layer) {
  const LayeredIndex layered(exact(0, kBase), exact(0, kBase), std::nullopt, exact(kBase, kTail));
  for (const std::size_t row : {std::size_t{0}, kBase - 1, kBase, kBase + kTail - 1}) {
    EXPECT_EQ(layered.vector(row).data()[0], kVectors[row * kDimensions]);
  }
}

TEST(LayeredIndex, works_with_an_empty_base_or_with_nothing_left_of_it) {
  const LayeredIndex all_gone(exact(0, kBase), exact(0, kBase), RowFilter(kBase), exact(kBase, kTail));
  EXPECT_EQ(all_gone.search(query(0), 1000).size(), kTail);
  const LayeredIndex no_base(exact(0, 0), exact(0, 0), std::nullopt, exact(kBase, kTail));
  EXPECT_EQ(no_base.search(query(0), 5).size(), 5U);
  EXPECT_TRUE(no_base.search(query(0), 0).empty());
}

TEST(LayeredIndex, a_graph_can_be_its_base) {
  const auto rows = exact(0, kBase);
  const auto codes = std::make_shared<const RowCodes>(
      RowCodes::of(std::span(kVectors).first(kBase * kDimensions), kDimensions));
  const std::shared_ptr<const VectorIndex> graph = GraphIndex::build(rows, codes, {}, {.ef_search = 500});
  const LayeredIndex layered(graph, rows, without_every(7, kBase), exact(kBase, kTail));
  EXPECT_EQ(layered.name(), "graph16");
  EXPECT_TRUE(layered.setting_names().ef_search);
  EXPECT_FALSE(layered.setting_names().nprobe);
  RowFilter left(kBase + kTail, true);
  for (std::size_t row = 0; row < kBase; row += 7) left.forbid(row);
  EXPECT_EQ(layered.search(query(2), 10), sorted_by_score(kVectors, query(2), 10, &left));
}

TEST(LayeredIndex, parts_that_do_not_fit_are_refused) {
  EXPECT_THROW(LayeredIndex(exact(0, 10), exact(0, 11), std::nullopt, nullptr), Error);
  EXPECT_THROW(LayeredIndex(exact(0, 10), exact(0, 10), RowFilter(11), nullptr), Error);
}

TEST(RowFilter, a_slice_is_the_filter_of_its_rows) {
  std::mt19937 random(5);
  RowFilter filter(333);
  for (std::size_t row = 0; row < 333; ++row) {
    if (random() % 2 == 0) filter.allow(row);
  }
  for (const auto& [first, count] :
       {std::pair<std::size_t, std::size_t>{0, 333}, {64, 128}, {1, 200}, {100, 233}, {333, 0}, {63, 66}}) {
    const RowFilter slice = filter.slice(first, count);
    ASSERT_EQ(slice.size(), count);
    std::size_t allowed = 0;
    for (std::size_t row = 0; row < count; ++row) {
      EXPECT_EQ(slice.allows(row), filter.allows(first + row));
      allowed += slice.allows(row) ? 1 : 0;
    }
    EXPECT_EQ(slice.count(), allowed);
  }
  EXPECT_THROW((void)filter.slice(300, 34), Error);
}

TEST(DamagedRows, a_score_that_is_no_number_has_no_place_in_an_answer) {
  std::vector<float> vectors(kVectors.begin(), kVectors.begin() + 20 * kDimensions);
  vectors[3 * kDimensions] = std::numeric_limits<float>::quiet_NaN();
  const ExactIndex index(vectors, kDimensions);
  const auto found = index.search(query(0), 20);
  EXPECT_EQ(found.size(), 19U);
  for (const Neighbor& neighbor : found) EXPECT_NE(neighbor.row, 3);
}

}  // namespace
}  // namespace resonance::index
