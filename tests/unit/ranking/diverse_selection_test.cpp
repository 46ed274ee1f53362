#include "resonance/ranking/diverse_selection.h"

#include "resonance/core/error.h"
#include "resonance/ranking/vector_math.h"

#include <algorithm>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "random_vectors.h"

namespace resonance::ranking {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

double unrelated(std::size_t, std::size_t) { return 0; }

TEST(DiverseSelection, without_diversity_is_the_order_of_relevance_and_ties_are_in_order_of_position) {
  const std::vector<double> relevance{0.5, 0.9, 0.5, 0.7};
  EXPECT_THAT(diverse_selection(relevance, unrelated, 0, 10, {}), ElementsAre(1, 3, 0, 2));
  EXPECT_THAT(diverse_selection(relevance, unrelated, 0, 2, {}), ElementsAre(1, 3));
  EXPECT_THAT(diverse_selection(relevance, unrelated, 0, 0, {}), IsEmpty());
  EXPECT_THAT(diverse_selection({}, unrelated, 0.3, 5, {}), IsEmpty());
}

TEST(DiverseSelection, of_two_alike_the_second_comes_after_something_else) {
  // 0 and 1 are alike; with d = 0.3: item 1 is worth 0.7 * 0.9 - 0.3 * 1, item 2 0.7 * 0.6 - 0.3 * 0.
  const std::vector<double> relevance{1, 0.9, 0.6};
  const auto similarity = [](std::size_t a, std::size_t b) { return a + b == 1 ? 1.0 : 0.0; };
  EXPECT_THAT(diverse_selection(relevance, similarity, 0.3, 3, {}), ElementsAre(0, 2, 1));
  EXPECT_THAT(diverse_selection(relevance, similarity, 0.1, 3, {}), ElementsAre(0, 1, 2));
}

TEST(DiverseSelection, of_diversity_one_still_begins_with_the_most_relevant) {
  const std::vector<double> relevance{0.1, 0.9, 0.5};
  EXPECT_EQ(diverse_selection(relevance, unrelated, 1, 3, {}).front(), 1U);
}

TEST(DiverseSelection, follows_the_definition_on_random_data) {
  const Matrix rows = random_unit_rows(40, 8, 9);
  std::vector<double> relevance;
  for (std::size_t i = 0; i < rows.rows(); ++i) relevance.push_back(double{rows(i, 0)});
  const auto similarity = [&](std::size_t a, std::size_t b) {
    return inner_product(rows.row(a), rows.row(b));
  };
  for (const double d : {0.1, 0.3, 0.7, 1.0}) {
    std::vector<std::size_t> expected;
    while (expected.size() < 15) {
      double best = -10;
      std::size_t pick = 0;
      for (std::size_t i = 0; i < rows.rows(); ++i) {
        if (std::find(expected.begin(), expected.end(), i) != expected.end()) continue;
        double nearest = -10;
        for (const std::size_t j : expected) nearest = std::max(nearest, similarity(i, j));
        const double value = expected.empty() ? relevance[i] : (1 - d) * relevance[i] - d * nearest;
        if (value > best) {
          best = value;
          pick = i;
        }
      }
      expected.push_back(pick);
    }
    EXPECT_EQ(diverse_selection(relevance, similarity, d, 15, {}), expected);
  }
}

TEST(DiverseSelection, a_cap_passes_over_members_of_a_full_group) {
  const std::vector<double> relevance{0.9, 0.8, 0.7, 0.6, 0.5};
  const std::vector<Cap> one{{{0, 0, 0, Cap::kUngrouped, Cap::kUngrouped}, 1}};
  EXPECT_THAT(diverse_selection(relevance, unrelated, 0, 5, one), ElementsAre(0, 3, 4));
  const std::vector<Cap> two{{{0, 0, 0, 1, 1}, 2}, {{5, 5, 6, 6, 7}, 1}};
  EXPECT_THAT(diverse_selection(relevance, unrelated, 0, 5, two), ElementsAre(0, 2, 4));
}

TEST(DiverseSelection, refuses_a_diversity_outside_its_range_and_a_cap_for_other_items) {
  const std::vector<double> relevance{1};
  EXPECT_THROW(diverse_selection(relevance, unrelated, 1.5, 1, {}), Error);
  EXPECT_THROW(diverse_selection(relevance, unrelated, -0.1, 1, {}), Error);
  EXPECT_THROW(diverse_selection(relevance, unrelated, std::numeric_limits<double>::quiet_NaN(), 1, {}),
               Error);
  EXPECT_THROW(diverse_selection(relevance, unrelated, 0, 1, std::vector<Cap>{{{0, 1}, 1}}), Error);
}

}  // namespace
}  // namespace resonance::ranking
