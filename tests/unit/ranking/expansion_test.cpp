#include "resonance/ranking/expansion.h"

#include "resonance/core/error.h"
#include "resonance/ranking/vector_math.h"

#include <cmath>
#include <limits>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "random_vectors.h"

namespace resonance::ranking {
namespace {

using ::testing::ElementsAre;
using ::testing::FloatNear;

constexpr float kNear = 1e-6F;

TEST(FeedbackQuery, is_the_unit_mean_of_the_query_and_its_neighbours) {
  const std::vector<float> query{1, 0, 0};
  const std::vector<float> first{0, 1, 0};
  const std::vector<float> second{0, 1, 0};
  const std::vector<SimilarVector> neighbours{{first, 0}, {second, 0}};
  EXPECT_THAT(feedback_query(query, neighbours),
              ElementsAre(FloatNear(1 / std::sqrt(5.0F), kNear), FloatNear(2 / std::sqrt(5.0F), kNear), 0));
}

TEST(FeedbackQuery, without_neighbours_is_the_query_in_unit_length) {
  EXPECT_THAT(feedback_query(std::vector<float>{3, 4}, {}),
              ElementsAre(FloatNear(0.6F, kNear), FloatNear(0.8F, kNear)));
  EXPECT_THAT(feedback_query(std::vector<float>{0, 0}, {}), ElementsAre(0, 0));
}

TEST(AlphaQuery, weighs_a_neighbour_by_the_power_of_its_similarity) {
  const std::vector<float> query{1, 0};
  const std::vector<float> neighbour{0.5F, std::sqrt(0.75F)};
  const float y = 0.125F * std::sqrt(0.75F);
  const float x = 1 + 0.125F * 0.5F;
  const float length = std::sqrt(x * x + y * y);
  EXPECT_THAT(alpha_query(query, std::vector<SimilarVector>{{neighbour, 0.5F}}, 3),
              ElementsAre(FloatNear(x / length, kNear), FloatNear(y / length, kNear)));
}

TEST(AlphaQuery, of_alpha_zero_is_feedback_and_of_a_large_alpha_is_the_query) {
  const Matrix rows = random_unit_rows(6, 16, 3);
  std::vector<SimilarVector> neighbours;
  for (std::size_t i = 1; i < rows.rows(); ++i) {
    neighbours.push_back({rows.row(i), static_cast<float>(inner_product(rows.row(0), rows.row(i)))});
  }
  EXPECT_EQ(alpha_query(rows.row(0), neighbours, 0), feedback_query(rows.row(0), neighbours));
  const std::vector<float> alone = alpha_query(rows.row(0), neighbours, 200);
  for (std::size_t i = 0; i < alone.size(); ++i) EXPECT_NEAR(alone[i], rows(0, i), kNear);
}

TEST(AlphaQuery, is_not_pushed_by_neighbours_on_the_other_side) {
  const std::vector<float> query{1, 0};
  const std::vector<float> opposite{-0.6F, 0.8F};
  EXPECT_THAT(alpha_query(query, std::vector<SimilarVector>{{opposite, -0.6F}}, 3), ElementsAre(1, 0));
}

TEST(AlphaQuery, refuses_other_dimensions_and_powers_without_meaning) {
  const std::vector<float> query{1, 0};
  const std::vector<float> longer{1, 0, 0};
  EXPECT_THROW(alpha_query(query, std::vector<SimilarVector>{{longer, 1}}, 3), Error);
  EXPECT_THROW(alpha_query(query, {}, -1), Error);
  EXPECT_THROW(alpha_query(query, {}, std::numeric_limits<float>::quiet_NaN()), Error);
}

TEST(AlphaAugmented, each_row_is_the_expansion_of_itself_by_the_others_as_they_were) {
  const Matrix rows = random_unit_rows(5, 8, 4);
  std::vector<std::vector<RowNeighbour>> lists(rows.rows());
  for (std::size_t i = 0; i < rows.rows(); ++i) {
    for (std::size_t j = 0; j < rows.rows(); ++j) {
      lists[i].push_back({j, static_cast<float>(inner_product(rows.row(i), rows.row(j)))});
    }
  }
  const Matrix augmented = alpha_augmented(rows.values(), rows.cols(), lists, 3);
  for (std::size_t i = 0; i < rows.rows(); ++i) {
    std::vector<SimilarVector> others;
    for (const RowNeighbour& neighbour : lists[i]) {
      if (neighbour.row != i) others.push_back({rows.row(neighbour.row), neighbour.similarity});
    }
    const std::vector<float> expected = alpha_query(rows.row(i), others, 3);
    for (std::size_t d = 0; d < rows.cols(); ++d) EXPECT_NEAR(augmented(i, d), expected[d], kNear);
  }
}

TEST(AlphaAugmented, refuses_lists_that_do_not_fit_the_rows) {
  const std::vector<float> rows{1, 0, 0, 1};
  EXPECT_THROW(alpha_augmented(rows, 2, std::vector<std::vector<RowNeighbour>>(1), 3), Error);
  EXPECT_THROW(alpha_augmented(rows, 0, std::vector<std::vector<RowNeighbour>>(2), 3), Error);
  EXPECT_THROW(alpha_augmented(rows, 2, std::vector<std::vector<RowNeighbour>>{{{2, 1.0F}}, {}}, 3), Error);
}

}  // namespace
}  // namespace resonance::ranking
