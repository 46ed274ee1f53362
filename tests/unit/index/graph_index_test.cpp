#include "resonance/index/graph_index.h"

#include "resonance/core/atomic_file.h"
#include "resonance/core/error.h"

#include <algorithm>
#include <fstream>
#include <limits>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "index_vectors.h"
#include "support/temporary_directory.h"

namespace resonance::index {
namespace {

using testing::clustered_vectors;
using testing::sorted_by_score;

constexpr std::size_t kDimensions = 40;
constexpr std::size_t kRows = 3000;
const std::vector<float> kVectors = clustered_vectors(kRows, kDimensions, 2);
const std::vector<float> kQueries = clustered_vectors(50, kDimensions, 3);

struct Sources {
  std::shared_ptr<const ExactIndex> rows;
  std::shared_ptr<const RowCodes> codes;
};

Sources sources_of(std::span<const float> vectors) {
  const auto codes = std::make_shared<const RowCodes>(RowCodes::of(vectors, kDimensions));
  return {std::make_shared<const ExactIndex>(vectors, kDimensions, Metric::inner_product, codes), codes};
}

std::unique_ptr<GraphIndex> built(const GraphConfig& config = {}) {
  const auto [rows, codes] = sources_of(kVectors);
  return GraphIndex::build(rows, codes, config);
}

std::span<const float> query(std::size_t number) {
  return std::span(kQueries).subspan(number * kDimensions, kDimensions);
}

double recall(const GraphIndex& index, const SearchSettings& settings) {
  double hits = 0;
  for (std::size_t q = 0; q < 50; ++q) {
    const auto expected = sorted_by_score(kVectors, query(q), 10, settings.filter);
    for (const Neighbor& neighbor : index.search(query(q), 10, settings)) {
      hits += std::count(expected.begin(), expected.end(), neighbor) > 0 ? 1 : 0;
    }
  }
  return hits / 500;
}

TEST(GraphIndex, finds_what_exact_search_finds_given_enough_candidates) {
  const auto index = built();
  EXPECT_EQ(index->name(), "graph16");
  EXPECT_GE(recall(*index, {.ef_search = 400, .k_factor = 4}), 0.99);
  EXPECT_LT(recall(*index, {.ef_search = 10, .k_factor = 1}),
            recall(*index, {.ef_search = 400, .k_factor = 4}));
}

TEST(GraphIndex, answers_are_ordered_and_their_scores_exact) {
  const auto index = built();
  const auto [rows, codes] = sources_of(kVectors);
  for (std::size_t q = 0; q < 50; ++q) {
    const auto found = index->search(query(q), 20);
    ASSERT_EQ(found.size(), 20U);
    EXPECT_TRUE(std::is_sorted(found.begin(), found.end(), is_better));
    for (const Neighbor& neighbor : found) {
      EXPECT_EQ(neighbor.score, rows->score(query(q), static_cast<std::size_t>(neighbor.row)));
    }
  }
}

TEST(GraphIndex, a_scaled_query_finds_the_same_rows) {
  const auto index = built();
  for (const float scale : {1e-30F, 1e-6F, 1e6F, 1e30F}) {
    std::vector<float> scaled(query(0).begin(), query(0).end());
    for (float& value : scaled) value *= scale;
    EXPECT_EQ(index->search(scaled, 3)[0].row, index->search(query(0), 3)[0].row) << scale;
  }
  EXPECT_EQ(index->search(std::vector<float>(kDimensions), 3)[2].row, 2);
}

TEST(GraphIndex, one_thread_always_makes_the_same_graph) {
  const testing::TemporaryDirectory folder;
  built()->write(folder / "a");
  built()->write(folder / "b");
  EXPECT_EQ(read_file(folder / "a", 10'000'000), read_file(folder / "b", 10'000'000));
}

TEST(GraphIndex, made_by_several_threads_finds_as_well) {
  EXPECT_GE(recall(*built({.threads = 3}), {.ef_search = 400, .k_factor = 4}), 0.99);
}

TEST(GraphIndex, only_allowed_rows_come_back_and_as_many_as_there_are) {
  const auto index = built();
  for (const std::size_t one_in : {2U, 10U, 100U, 1500U}) {
    RowFilter filter(kRows);
    for (std::size_t row = 0; row < kRows; row += one_in) filter.allow(row);
    for (std::size_t q = 0; q < 10; ++q) {
      const auto found = index->search(query(q), 10, {.filter = &filter});
      EXPECT_EQ(found.size(), std::min<std::size_t>(10, filter.count())) << one_in;
      for (const Neighbor& neighbor : found)
        EXPECT_TRUE(filter.allows(static_cast<std::size_t>(neighbor.row)));
    }
    EXPECT_GE(recall(*index, {.ef_search = 400, .filter = &filter}) * 10,
              0.98 * static_cast<double>(std::min<std::size_t>(10, filter.count())));
  }
  EXPECT_EQ(index->search(query(0), kRows + 5).size(), kRows);
}

TEST(GraphIndex, of_few_rows_or_none_answers_with_what_there_is) {
  for (const std::size_t count : {0U, 1U, 2U, 7U}) {
    const auto vectors = std::span(kVectors).first(count * kDimensions);
    const auto [rows, codes] = sources_of(vectors);
    EXPECT_EQ(GraphIndex::build(rows, codes)->search(query(0), 5), sorted_by_score(vectors, query(0), 5));
  }
}

TEST(GraphIndex, rows_that_are_all_the_same_come_in_order) {
  const std::vector<float> vectors(500 * kDimensions, 0.25F);
  const auto [rows, codes] = sources_of(vectors);
  const auto found = GraphIndex::build(rows, codes)->search(query(0), 10);
  ASSERT_EQ(found.size(), 10U);
  EXPECT_TRUE(std::is_sorted(found.begin(), found.end(), is_better));
}

TEST(GraphIndex, wrong_requests_are_refused) {
  const auto [rows, codes] = sources_of(kVectors);
  EXPECT_THROW((void)GraphIndex::build(rows, nullptr), Error);
  EXPECT_THROW((void)GraphIndex::build(rows, codes, {.links = 1}), Error);
  EXPECT_THROW((void)GraphIndex::build(rows, codes, {.ef_construction = 0}), Error);
  EXPECT_THROW((void)GraphIndex::build(rows, codes, {.threads = 0}), Error);
  EXPECT_THROW(
      (void)GraphIndex::build(std::make_shared<const ExactIndex>(kVectors, kDimensions, Metric::l2), codes),
      Error);
  std::stop_source stop;
  stop.request_stop();
  EXPECT_THROW((void)GraphIndex::build(rows, codes, {.threads = 2}, {}, stop.get_token()), Error);
}

TEST(GraphIndex, from_its_file_answers_as_before) {
  const testing::TemporaryDirectory folder;
  const auto index = built();
  index->write(folder / "graph.bin");
  const auto [rows, codes] = sources_of(kVectors);
  const auto again = GraphIndex::open(folder / "graph.bin", rows, codes);
  EXPECT_EQ(again->search_batch(kQueries, 10), index->search_batch(kQueries, 10));
  EXPECT_EQ(again->byte_size(), std::filesystem::file_size(folder / "graph.bin"));
  again->verify();
  const auto fewer = sources_of(std::span(kVectors).first(10 * kDimensions));
  EXPECT_THROW((void)GraphIndex::open(folder / "graph.bin", fewer.rows, fewer.codes), Error);
  EXPECT_THROW((void)GraphIndex::open(folder / "nothing", rows, codes), Error);
}

TEST(GraphIndex, several_threads_may_search_one) {
  const auto index = built();
  const auto expected = index->search_batch(kQueries, 5);
  std::vector<std::vector<std::vector<Neighbor>>> found(4);
  std::vector<std::thread> threads;
  for (auto& answer : found) threads.emplace_back([&] { answer = index->search_batch(kQueries, 5); });
  for (auto& thread : threads) thread.join();
  for (const auto& answer : found) EXPECT_EQ(answer, expected);
}

TEST(GraphIndex, truncation_is_refused_and_any_changed_byte_is_found_and_searched_in_peace) {
  const testing::TemporaryDirectory folder;
  constexpr std::size_t kFew = 200;
  const auto [rows, codes] = sources_of(std::span(kVectors).first(kFew * kDimensions));
  GraphIndex::build(rows, codes, {.links = 4})->write(folder / "graph.bin");
  const std::string whole = read_file(folder / "graph.bin", 1'000'000);
  const auto refused = [&, &graph_rows = rows, &graph_codes = codes](const std::string& bytes) {
    std::ofstream(folder / "bad.bin", std::ios::binary) << bytes;
    try {
      const auto index = GraphIndex::open(folder / "bad.bin", graph_rows, graph_codes);
      for (std::size_t q = 0; q < 3; ++q) EXPECT_EQ(index->search(query(q), 10).size(), 10U);
      index->verify();
      return false;
    } catch (const Error& error) {
      return error.code() == ErrorCode::corrupt_data &&
             std::string(error.what()).find("bad.bin") != std::string::npos &&
             std::string(error.what()).find("--rebuild") != std::string::npos;
    }
  };
  EXPECT_FALSE(refused(whole));
  EXPECT_TRUE(refused(whole + "1234"));
  for (std::size_t length = 0; length < whole.size(); length += 41)
    EXPECT_TRUE(refused(whole.substr(0, length)));
  for (std::size_t at = 0; at < whole.size(); at += at < 64 ? 1 : 29) {
    for (const int bit : {0x01, 0x80}) {
      std::string flipped = whole;
      flipped[at] = static_cast<char>(flipped[at] ^ bit);
      EXPECT_TRUE(refused(flipped)) << at;
    }
  }
}

}  // namespace
}  // namespace resonance::index
