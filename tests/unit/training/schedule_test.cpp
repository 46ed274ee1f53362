#include "training/trainer/schedule.h"

#include <cmath>
#include <limits>

#include <gtest/gtest.h>

#include "training/trainer/auto_clip.h"

namespace resonance::training {
namespace {

TEST(Schedule, the_rate_rises_in_a_line_and_falls_in_half_a_cosine) {
  EXPECT_DOUBLE_EQ(learning_rate_share(0.05, 0.1), 0.5);
  EXPECT_DOUBLE_EQ(learning_rate_share(0.1, 0.1), 1);
  EXPECT_NEAR(learning_rate_share(0.55, 0.1), 0.5, 1e-12);
  EXPECT_NEAR(learning_rate_share(1, 0.1), 0, 1e-12);
  EXPECT_NEAR(learning_rate_share(2, 0), 0, 1e-12);
}

TEST(AutoClip, a_gradient_is_cut_to_the_percentile_of_those_so_far) {
  AutoClip clip(50);
  EXPECT_DOUBLE_EQ(clip.factor(4), 1);    // of {4}: 4
  EXPECT_DOUBLE_EQ(clip.factor(2), 1);    // of {2, 4}: 3
  EXPECT_DOUBLE_EQ(clip.factor(8), 0.5);  // of {2, 4, 8}: 4
}

TEST(AutoClip, what_is_no_number_is_not_remembered) {
  AutoClip clip(10);
  EXPECT_DOUBLE_EQ(clip.factor(std::numeric_limits<double>::quiet_NaN()), 1);
  EXPECT_TRUE(clip.history().empty());
}

TEST(AutoClip, the_hundredth_percentile_never_cuts) {
  AutoClip clip(100);
  clip.factor(1);
  EXPECT_DOUBLE_EQ(clip.factor(1000), 1);
}

}  // namespace
}  // namespace resonance::training
