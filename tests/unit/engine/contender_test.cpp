#include "resonance/engine/contender.h"

#include "resonance/core/error.h"
#include "resonance/core/npy.h"

#include <cmath>
#include <limits>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/temporary_directory.h"

namespace resonance::engine {
namespace {

using ::testing::DoubleNear;
using ::testing::ElementsAre;

Matrix matrix(std::size_t cols, const std::vector<float>& values) {
  Matrix result(values.size() / cols, cols);
  std::copy(values.begin(), values.end(), result.values().begin());
  return result;
}

TEST(Contender, plain_vectors_are_centred_on_the_collection) {
  const Contender contender = contender_of_vectors("v", matrix(2, {3, 1, 1, 1, 2, 3, 2, -1}), {}, {});
  // The mean is (2, 1).
  EXPECT_THAT(contender.scores(0), ElementsAre(DoubleNear(1, 1e-6), DoubleNear(-1, 1e-6), DoubleNear(0, 1e-6),
                                               DoubleNear(0, 1e-6)));
}

TEST(Contender, rows_that_are_no_numbers_do_not_spoil_the_mean) {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const Contender contender = contender_of_vectors("v", matrix(1, {1, nan, 3}), {}, {});
  const std::vector<double> scores = contender.scores(0);
  EXPECT_DOUBLE_EQ(scores[0], 1);
  EXPECT_TRUE(std::isnan(scores[1]));
  EXPECT_DOUBLE_EQ(scores[2], -1);
}

TEST(Contender, segments_are_centred_as_the_items_are) {
  const Contender contender =
      contender_of_vectors("v", matrix(2, {3, 1, 1, 1}), matrix(2, {2, 5}), {{"mp3:64", matrix(2, {7, 1})}});
  EXPECT_THAT(contender.segments.row(0), ElementsAre(0, 1));
  EXPECT_THAT(contender.queries.at("mp3:64").row(0), ElementsAre(1, 0));
}

TEST(Contender, a_sum_orders_by_the_sum_of_both_cosines) {
  const Contender a = contender_of_vectors("a", matrix(2, {3, 1, 1, 1, 2, 3, 2, -1}), {}, {});
  const Contender b = contender_of_vectors("b", matrix(1, {1, -1, 1, -1}), {}, {});
  const auto left = a.scores(0);
  const auto right = b.scores(0);
  const auto sum = sum_of("a+b", a, b).scores(0);
  for (std::size_t i = 0; i < 4; ++i) EXPECT_NEAR(sum[i], (left[i] + right[i]) / 2, 1e-6);
}

TEST(Contender, of_distances_takes_the_rows_that_are_used_and_cannot_be_added) {
  const resonance::testing::TemporaryDirectory folder;
  write_npy(folder / "d.npy", std::vector<float>{0, 1, 2, 1, 0, 3, 2, 3, 0}, 3, 3);
  const Contender contender = contender_of_distances("d", folder / "d.npy", 3, {0, 2});
  EXPECT_THAT(contender.scores(1), ElementsAre(-2, 0));
  EXPECT_THROW((void)sum_of("s", contender, contender), Error);
  EXPECT_THROW((void)contender_of_distances("d", folder / "d.npy", 4, {0}), Error);
  write_npy(folder / "e.npy", std::vector<float>(6), 3, 2);
  EXPECT_THROW((void)contender_of_distances("e", folder / "e.npy", 3, {0}), Error);
}

}  // namespace
}  // namespace resonance::engine
