#include "resonance/core/mel_filters.h"

#include <cstddef>

#include <gtest/gtest.h>

namespace resonance {
namespace {

TEST(MelFilters, lie_evenly_below_one_kilohertz_and_in_equal_ratios_above) {
  const std::vector<double> centres = mel_centres_hz(16000, 96);
  EXPECT_NEAR(centres[1] - centres[0], centres[11] - centres[10], 1e-9);
  EXPECT_NEAR(centres[95] / centres[94], centres[85] / centres[84], 1e-9);
  EXPECT_LT(centres.back(), 8000);
}

TEST(MelFilters, have_unit_area) {
  const Matrix filters = mel_filters(16000, 4096, 40);  // fine enough a spectrum that sums are areas
  ASSERT_EQ(filters.cols(), 2049U);
  for (std::size_t band = 0; band < filters.rows(); ++band) {
    double area = 0;
    for (const float weight : filters.row(band)) area += weight * 16000.0 / 4096;
    EXPECT_NEAR(area, 1, 0.01) << band;
  }
}

// librosa.filters.mel(sr=16000, n_fft=512, n_mels=96)[b, k]
TEST(MelFilters, are_librosas) {
  const Matrix filters = mel_filters(16000, 512, 96);
  const std::vector<double> centres = mel_centres_hz(16000, 96);
  EXPECT_EQ(filters.rows(), 96U);
  EXPECT_EQ(filters.cols(), 257U);
  EXPECT_NEAR(filters(0, 1), 0.031999223, 1e-7);
  EXPECT_NEAR(filters(50, 59), 0.01307774, 1e-7);
  EXPECT_NEAR(filters(95, 250), 0.002988420, 1e-7);
  EXPECT_NEAR(centres[0], 31.096660, 1e-3);
  EXPECT_NEAR(centres[95], 7747.51605, 1e-2);
}

}  // namespace
}  // namespace resonance
