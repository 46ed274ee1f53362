#include "training/data/tempogram_rows.h"

#include "resonance/features/tempogram.h"

#include <gtest/gtest.h>

#include "training/data/random.h"

namespace resonance::training {
namespace {

std::vector<float> random_onsets(std::size_t count) {
  Random random{5};
  std::vector<float> onset;
  for (std::size_t i = 0; i < count; ++i) onset.push_back(static_cast<float>(random.uniform()));
  return onset;
}

TEST(TempogramRows, rows_are_those_of_the_tempogram_also_at_the_edges) {
  const std::vector<float> onset = random_onsets(500);
  const Matrix whole = features::tempogram(onset);
  const std::vector<float> rows = tempogram_rows(onset, 0, 500, 5);  // frames 50, 150, 250, 350, 450
  for (std::size_t row = 0; row < 5; ++row) {
    for (std::size_t lag = 0; lag < 320; ++lag) {
      EXPECT_NEAR(rows[row * 320 + lag], whole(50 + 100 * row, lag), 1e-5) << row << " " << lag;
    }
  }
}

TEST(TempogramRows, without_onsets_there_is_nothing) {
  for (const float value : tempogram_rows(std::vector<float>(400, 0.0F), 0, 400, 3)) EXPECT_EQ(value, 0);
}

}  // namespace
}  // namespace resonance::training
