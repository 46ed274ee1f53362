#include "resonance/ranking/query.h"

#include "resonance/core/error.h"
#include "resonance/ranking/vector_math.h"

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

TEST(CombinedQuery, of_one_seed_is_that_seed_whatever_its_weight) {
  const std::vector<float> a{0.6F, 0.8F};
  EXPECT_THAT(combined_query(std::vector<Seed>{{a, 1}}),
              ElementsAre(FloatNear(0.6F, kNear), FloatNear(0.8F, kNear)));
  EXPECT_THAT(combined_query(std::vector<Seed>{{a, 7}}),
              ElementsAre(FloatNear(0.6F, kNear), FloatNear(0.8F, kNear)));
}

TEST(CombinedQuery, of_two_equal_seeds_lies_in_the_middle_and_leans_to_the_heavier) {
  const std::vector<float> a{1, 0};
  const std::vector<float> b{0, 1};
  const float half = std::sqrt(0.5F);
  EXPECT_THAT(combined_query(std::vector<Seed>{{a, 1}, {b, 1}}),
              ElementsAre(FloatNear(half, kNear), FloatNear(half, kNear)));
  EXPECT_THAT(combined_query(std::vector<Seed>{{a, 3}, {b, 4}}),
              ElementsAre(FloatNear(0.6F, kNear), FloatNear(0.8F, kNear)));
}

TEST(CombinedQuery, moves_away_from_a_seed_of_negative_weight) {
  const std::vector<float> a{1, 0};
  const std::vector<float> b{0, 1};
  EXPECT_THAT(combined_query(std::vector<Seed>{{a, 4}, {b, -3}}),
              ElementsAre(FloatNear(0.8F, kNear), FloatNear(-0.6F, kNear)));
}

TEST(CombinedQuery, orders_by_the_weighted_sum_of_similarities) {
  const Matrix seeds = random_unit_rows(3, 32, 1);
  const Matrix tracks = random_unit_rows(50, 32, 2);
  const std::vector<Seed> weighted{{seeds.row(0), 2}, {seeds.row(1), 1}, {seeds.row(2), -0.5F}};
  const std::vector<float> query = combined_query(weighted);
  const auto sum = [&](std::size_t track) {
    double total = 0;
    for (const Seed& seed : weighted) {
      total += double{seed.weight} * inner_product(seed.embedding, tracks.row(track));
    }
    return total;
  };
  for (std::size_t i = 1; i < tracks.rows(); ++i) {
    EXPECT_EQ(inner_product(query, tracks.row(i)) > inner_product(query, tracks.row(i - 1)),
              sum(i) > sum(i - 1));
  }
}

TEST(CombinedQuery, of_silence_is_zero) {
  const std::vector<float> silence{0, 0};
  EXPECT_EQ(combined_query(std::vector<Seed>{{silence, 1}}), silence);
}

TEST(CombinedQuery, needs_something_to_approach_that_is_not_cancelled) {
  const std::vector<float> a{1, 0};
  const std::vector<float> longer{1, 0, 0};
  const std::vector<float> broken{std::numeric_limits<float>::quiet_NaN(), 0};
  for (const std::vector<Seed>& seeds :
       {std::vector<Seed>{}, std::vector<Seed>{{a, -1}}, std::vector<Seed>{{a, 0}},
        std::vector<Seed>{{a, 1}, {a, -1}}, std::vector<Seed>{{a, 1}, {longer, 1}},
        std::vector<Seed>{{broken, 1}}, std::vector<Seed>{{a, std::numeric_limits<float>::infinity()}}}) {
    EXPECT_THROW(combined_query(seeds), Error);
  }
}

constexpr PartLayout kLayout{{4, 2, 2}, {0.625F, 0.1875F, 0.1875F}};

// A fused embedding and its parts.
struct Fused {
  std::vector<float> fused;
  std::vector<Matrix> parts;
};

Fused fuse(unsigned seed) {
  Fused result;
  for (std::size_t part = 0; part < 3; ++part) {
    result.parts.push_back(random_unit_rows(1, kLayout.dimensions[part], seed * 3 + unsigned(part)));
    for (const float value : result.parts[part].row(0)) {
      result.fused.push_back(std::sqrt(kLayout.shares[part]) * value);
    }
  }
  return result;
}

TEST(WeightedQuery, with_the_shares_of_the_layout_is_the_query_itself) {
  const Fused query = fuse(1);
  const std::vector<float> same = weighted_query(query.fused, kLayout, kLayout.shares);
  for (std::size_t i = 0; i < same.size(); ++i) EXPECT_NEAR(same[i], query.fused[i], kNear);
}

TEST(WeightedQuery, scores_are_the_weighted_mean_of_the_modalities) {
  for (unsigned seed = 0; seed < 40; ++seed) {
    const Fused query = fuse(2 * seed);
    const Fused track = fuse(2 * seed + 1);
    const ModalityWeights weights{1, 0.25F * static_cast<float>(seed % 5), static_cast<float>(seed % 3)};
    double expected = 0;
    double total = 0;
    for (std::size_t part = 0; part < 3; ++part) {
      expected += double{weights[part]} * inner_product(query.parts[part].row(0), track.parts[part].row(0));
      total += double{weights[part]};
    }
    EXPECT_NEAR(inner_product(weighted_query(query.fused, kLayout, weights), track.fused), expected / total,
                kNear);
  }
}

TEST(WeightedQuery, a_modality_of_weight_zero_is_not_heard) {
  const std::vector<float> query = weighted_query(fuse(5).fused, kLayout, {1, 0, 0});
  for (std::size_t i = 4; i < 8; ++i) EXPECT_EQ(query[i], 0);
}

TEST(WeightedQuery, refuses_weights_that_mean_nothing) {
  const std::vector<float> query = fuse(1).fused;
  const float nan = std::numeric_limits<float>::quiet_NaN();
  EXPECT_THROW(weighted_query(query, kLayout, {0, 0, 0}), Error);
  EXPECT_THROW(weighted_query(query, kLayout, {1, -1, 0}), Error);
  EXPECT_THROW(weighted_query(query, kLayout, {nan, 1, 0}), Error);
  EXPECT_THROW(weighted_query(query, {{4, 2, 2}, {1, 0, 0}}, {1, 1, 1}), Error);
  EXPECT_THROW(weighted_query(query, {{4, 2, 3}, {1, 1, 1}}, {1, 1, 1}), Error);
}

}  // namespace
}  // namespace resonance::ranking
