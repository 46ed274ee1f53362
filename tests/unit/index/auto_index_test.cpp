#include "resonance/index/auto_index.h"

#include "resonance/core/error.h"
#include "resonance/index/factory_index.h"

#include <memory>
#include <vector>

#include <gtest/gtest.h>

#include "index_vectors.h"

namespace resonance::index {
namespace {

constexpr std::size_t kDimensions = 40;
const std::vector<float> kVectors = testing::clustered_vectors(4000, kDimensions, 2);
const auto kCodes = std::make_shared<const RowCodes>(RowCodes::of(kVectors, kDimensions));
const auto kExact = std::make_shared<const ExactIndex>(kVectors, kDimensions, Metric::inner_product, kCodes);

TEST(AutoIndex, small_sets_and_full_recall_are_searched_exactly) {
  const auto small = choose_index(kExact, kCodes);
  EXPECT_EQ(small.index, kExact);
  EXPECT_EQ(small.choice.name, "exact");
  EXPECT_EQ(small.choice.recall, 1);
  EXPECT_EQ(small.choice.sample, 0U);
  EXPECT_EQ(choose_index(kExact, kCodes, {.recall = 1, .exact_values = 0}).choice.name, "exact");
  EXPECT_EQ(choose_index(kExact, nullptr, {.exact_values = 0}).choice.name, "exact");
  const auto by_distance = std::make_shared<const ExactIndex>(kVectors, kDimensions, Metric::l2);
  EXPECT_EQ(choose_index(by_distance, kCodes, {.exact_values = 0}).choice.name, "exact");
  const auto empty = std::make_shared<const ExactIndex>(std::span<const float>{}, kDimensions);
  EXPECT_EQ(choose_index(empty, nullptr, {.exact_values = 0}).choice.name, "exact");
}

TEST(AutoIndex, larger_sets_get_the_least_candidates_that_reach_the_recall) {
  std::size_t before = 0;
  for (const double recall : {0.8, 0.95, 0.999}) {
    const auto chosen = choose_index(kExact, kCodes, {.recall = recall, .exact_values = 0, .sample = 100});
    EXPECT_EQ(chosen.choice.name, chosen.index->name());
    EXPECT_EQ(chosen.choice.name, "graph16");
    EXPECT_GE(chosen.choice.recall, recall);
    EXPECT_EQ(chosen.choice.count, 10U);
    EXPECT_EQ(chosen.choice.sample, 100U);
    EXPECT_GE(chosen.choice.settings.ef_search, before);
    before = chosen.choice.settings.ef_search;
  }
}

TEST(AutoIndex, the_chosen_index_searches_with_the_chosen_settings_and_its_recall_holds_for_other_queries) {
  const auto chosen = choose_index(kExact, kCodes, {.exact_values = 0});
  const auto queries = testing::clustered_vectors(100, kDimensions, 77);
  EXPECT_EQ(chosen.index->search_batch(queries, 10),
            chosen.index->search_batch(queries, 10, chosen.choice.settings));
  EXPECT_GE(measure_recall(*chosen.index, *kExact, queries, 10, {}), 0.97);
}

TEST(AutoIndex, the_choice_follows_from_vectors_and_config_alone) {
  const AutoConfig config{.exact_values = 0, .sample = 50};
  const auto a = choose_index(kExact, kCodes, config);
  const auto b = choose_index(kExact, kCodes, config);
  EXPECT_EQ(a.choice.recall, b.choice.recall);
  EXPECT_EQ(a.choice.settings.ef_search, b.choice.settings.ef_search);
}

TEST(AutoIndex, wrong_requests_are_refused) {
  EXPECT_THROW((void)choose_index(kExact, kCodes, {.recall = 0}), Error);
  EXPECT_THROW((void)choose_index(kExact, kCodes, {.recall = 1.5}), Error);
  EXPECT_THROW((void)choose_index(kExact, kCodes, {.count = 0}), Error);
  EXPECT_THROW((void)choose_index(kExact, kCodes, {.sample = 0}), Error);
  std::stop_source stop;
  stop.request_stop();
  EXPECT_THROW((void)choose_index(kExact, kCodes, {.exact_values = 0}, stop.get_token()), Error);
}

TEST(MeasureRecall, is_one_for_exact_search_and_the_share_that_is_found_otherwise) {
  const auto queries = testing::clustered_vectors(10, kDimensions, 5);
  EXPECT_EQ(measure_recall(*kExact, *kExact, queries, 10, {}), 1);
  EXPECT_EQ(measure_recall(*kExact, *kExact, {}, 10, {}), 1);
  const auto lists = FactoryIndex::build(kExact, {.factory = "IVF64,Flat"});
  const double one = measure_recall(*lists, *kExact, queries, 10, {.nprobe = 1});
  EXPECT_LT(one, 1);
  EXPECT_EQ(measure_recall(*lists, *kExact, queries, 10, {.nprobe = 64}), 1);
}

}  // namespace
}  // namespace resonance::index
