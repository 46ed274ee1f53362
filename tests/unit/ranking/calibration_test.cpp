#include "resonance/ranking/calibration.h"

#include "resonance/core/error.h"

#include <limits>
#include <random>
#include <vector>

#include <gtest/gtest.h>

namespace resonance::ranking {
namespace {

TEST(Calibration, without_judgements_takes_scores_at_their_word) {
  EXPECT_EQ(Calibration().worth(0.3), 0.3);
  EXPECT_EQ(Calibration().worth(-1), 0);
  EXPECT_EQ(Calibration(std::vector<JudgedScore>{}).worth(7), 1);
}

TEST(Calibration, of_one_score_is_the_share_that_was_right_but_never_certain) {
  EXPECT_NEAR(Calibration(std::vector<JudgedScore>{{0.5, true}}).worth(0.9), 0.75, 1e-12);
  const std::vector<JudgedScore> always(99, {0.5, true});
  EXPECT_NEAR(Calibration(always).worth(0.5), 0.995, 1e-12);
}

TEST(Calibration, pools_what_is_out_of_order_and_goes_straight_between_pools) {
  // 0.1: wrong x 3; 0.4 right and 0.6 wrong contradict each other and become a pool at 0.5; 0.9 right x 3.
  const Calibration calibration(std::vector<JudgedScore>{{0.1, false},
                                                         {0.1, false},
                                                         {0.1, false},
                                                         {0.4, true},
                                                         {0.6, false},
                                                         {0.9, true},
                                                         {0.9, true},
                                                         {0.9, true}});
  EXPECT_NEAR(calibration.worth(0.1), 0.5 / 4, 1e-12);
  EXPECT_NEAR(calibration.worth(0.0), 0.5 / 4, 1e-12);
  EXPECT_NEAR(calibration.worth(0.5), 0.5, 1e-12);
  EXPECT_NEAR(calibration.worth(0.3), (0.125 + 0.5) / 2, 1e-12);
  EXPECT_NEAR(calibration.worth(2.0), 3.5 / 4, 1e-12);
}

TEST(Calibration, of_scores_that_exaggerate_finds_the_truth_and_never_falls) {
  std::mt19937 random(71);
  std::uniform_real_distribution<double> uniform(0, 1);
  std::vector<JudgedScore> judged;
  for (int i = 0; i < 20000; ++i) {
    const double score = uniform(random);
    judged.push_back({score, uniform(random) < score * score});
  }
  const Calibration calibration(judged);
  double last = 0;
  for (double score = 0; score <= 1; score += 0.01) {
    EXPECT_NEAR(calibration.worth(score), score * score, 0.06);
    EXPECT_GE(calibration.worth(score), last);
    last = calibration.worth(score);
  }
}

TEST(Calibration, refuses_scores_that_are_no_numbers) {
  EXPECT_THROW(Calibration(std::vector<JudgedScore>{{std::numeric_limits<double>::quiet_NaN(), true}}),
               Error);
}

}  // namespace
}  // namespace resonance::ranking
