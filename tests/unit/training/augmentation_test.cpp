#include "training/data/augmentation.h"

#include "resonance/core/feature_contract.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include <gtest/gtest.h>

#include "sample_set.h"
#include "training/data/feature_encoding.h"

namespace resonance::training {
namespace {

constexpr std::size_t kBands = kMelBands;

/// Ten frames: a level that falls by half a decibel a band.
std::vector<float> slope() {
  std::vector<float> rows;
  for (std::size_t row = 0; row < 10; ++row) {
    for (std::size_t band = 0; band < kBands; ++band) rows.push_back(-10 - 0.5F * static_cast<float>(band));
  }
  return rows;
}

Excerpt excerpt_of(const ExcerptLevels& levels) {
  return {levels.log_mel_range, levels.chroma_range, levels.onset_range,
          levels.log_mel,       levels.chroma,       levels.onset};
}

TEST(Augmentation, gain_shifts_every_value) {
  auto rows = slope();
  apply_gain(rows, 3);
  EXPECT_FLOAT_EQ(rows[0], -7);
  EXPECT_FLOAT_EQ(rows[1599], -86.5F);
}

TEST(Augmentation, an_equaliser_bends_smoothly_and_within_its_bound) {
  Random random{1};
  for (int i = 0; i < 50; ++i) {
    const auto curve = random_equaliser(6, random);
    ASSERT_EQ(curve.size(), kBands);
    for (std::size_t band = 1; band < kBands; ++band) {
      EXPECT_LE(std::abs(curve[band]), 6);
      EXPECT_LT(std::abs(curve[band] - curve[band - 1]), 0.7);
    }
  }
}

TEST(Augmentation, a_low_pass_leaves_what_is_below_it_and_ends_at_the_floor) {
  auto rows = slope();
  apply_low_pass(rows, 4000, 10);
  const auto& centres = band_frequencies_hz();
  const auto first =
      static_cast<std::size_t>(std::lower_bound(centres.begin(), centres.end(), 4000.0) - centres.begin());
  EXPECT_FLOAT_EQ(rows[first - 1], slope()[first - 1]);
  EXPECT_FLOAT_EQ(rows[first], slope()[first] - 10);
  EXPECT_FLOAT_EQ(rows[kBands - 1], kLogMelFloorDb);
}

TEST(Augmentation, noise_adds_in_power_and_only_in_its_bands) {
  std::vector<float> rows(100 * kBands, -60.0F);
  Random random{2};
  apply_noise(rows, 40, 80, -60, random);
  double sum = 0;
  for (std::size_t row = 0; row < 100; ++row) {
    EXPECT_FLOAT_EQ(rows[row * kBands + 39], -60);
    EXPECT_FLOAT_EQ(rows[row * kBands + 80], -60);
    for (std::size_t band = 40; band < 80; ++band) sum += std::pow(10, rows[row * kBands + band] / 10);
  }
  EXPECT_NEAR(10 * std::log10(sum / 4000), -57, 0.1);  // twice the power
}

TEST(Augmentation, a_codec_hides_what_is_far_below_the_loudest_band) {
  auto rows = slope();  // -10 to -89.5
  apply_codec(rows, 50);
  EXPECT_FLOAT_EQ(rows[100], -60);
  EXPECT_FLOAT_EQ(rows[101], kLogMelFloorDb);
}

TEST(Augmentation, reverberation_decays_as_it_is_told_and_never_weakens) {
  std::vector<float> rows(20 * kBands, -80.0F);
  std::fill_n(rows.begin(), kBands, 0.0F);  // a click
  apply_reverberation(rows, 0.5F, 0.5F);
  EXPECT_NEAR(rows[0], 0, 1e-4);
  EXPECT_NEAR(rows[kBands], 10 * std::log10(0.25), 1e-3);
  EXPECT_NEAR(rows[2 * kBands], 10 * std::log10(0.125), 1e-3);
}

TEST(Augmentation, a_pitch_shift_moves_a_peak_by_its_interval) {
  const auto& centres = band_frequencies_hz();
  const std::size_t from = 100;
  std::vector<float> rows(kBands, -80.0F);
  for (std::size_t band = 0; band < kBands; ++band) {
    rows[band] = -3 * std::abs(static_cast<float>(band) - static_cast<float>(from));
  }
  apply_pitch_shift(rows, 2);
  const auto peak = static_cast<std::size_t>(std::max_element(rows.begin(), rows.end()) - rows.begin());
  EXPECT_NEAR(std::log2(centres[peak] / centres[from]) * 12, 2, 0.4);
}

TEST(Augmentation, no_pitch_shift_changes_nothing) {
  auto rows = slope();
  apply_pitch_shift(rows, 0);
  for (std::size_t i = 0; i < rows.size(); ++i) EXPECT_NEAR(rows[i], slope()[i], 1e-4);
}

TEST(Augmentation, chroma_is_rolled_up_and_back) {
  std::vector<float> chroma(2 * kChromaBins, 0.0F);
  chroma[3] = 1;
  chroma[kChromaBins + 23] = 1;
  roll_chroma(chroma, 2);
  EXPECT_EQ(chroma[5], 1);
  EXPECT_EQ(chroma[kChromaBins + 1], 1);
  roll_chroma(chroma, -2);
  EXPECT_EQ(chroma[3], 1);
}

TEST(Augmentation, masks_cover_a_part_and_no_more) {
  Random random{3};
  for (int i = 0; i < 20; ++i) {
    std::vector<float> rows(150 * kBands);
    for (std::size_t k = 0; k < rows.size(); ++k) rows[k] = static_cast<float>(k);
    const auto before = rows;
    apply_spec_augment(rows, random);
    std::size_t changed = 0;
    for (std::size_t k = 0; k < rows.size(); ++k) changed += rows[k] != before[k] ? 1 : 0;
    EXPECT_LT(changed, rows.size() / 2);
  }
}

TEST(Augmentation, without_augmentation_a_crop_is_what_was_recorded) {
  const ExcerptLevels levels = testing::sample_levels(1, 1000);
  const CropShape shape{150, 300, 200, 3};
  Random random{4};
  const Crop crop = augmented_crop(excerpt_of(levels), 400, shape, no_augmentation(), random);
  ASSERT_EQ(crop.log_mel.size(), 150 * kBands);
  ASSERT_EQ(crop.chroma.size(), 300U * kChromaBins);
  ASSERT_EQ(crop.tempogram.size(), 3U * kTempogramLags);
  for (std::size_t i = 0; i < crop.log_mel.size(); ++i) {
    EXPECT_EQ(crop.log_mel[i], log_mel_db(levels.log_mel[400 * kBands + i]));
  }
  EXPECT_EQ(crop.chroma[0], chroma_value(levels.chroma[325U * kChromaBins]));  // around the same middle
}

TEST(Augmentation, a_stretched_crop_scales_the_tempograms_lags) {
  ExcerptLevels levels = testing::sample_levels(1, 1500);
  for (std::size_t i = 0; i < levels.onset.size(); ++i)
    levels.onset[i] = i % 40 == 0 ? 0x3c00 : 0;  // one, a pulse
  const CropShape shape{150, 150, 200, 1};
  const auto strongest_lag = [&](double speed) {
    const Crop crop = finish_crop(cut_crop(excerpt_of(levels), 700, shape, speed), shape, speed);
    const auto from = crop.tempogram.begin() + 20;
    return 20 + std::distance(from, std::max_element(from, crop.tempogram.begin() + 60));
  };
  EXPECT_EQ(strongest_lag(1), 40);
  EXPECT_NEAR(static_cast<double>(strongest_lag(1.1)), 40 / 1.1, 1);
  EXPECT_NEAR(static_cast<double>(strongest_lag(0.9)), 40 / 0.9, 1);
}

TEST(Augmentation, an_excerpt_that_is_too_short_is_repeated) {
  const ExcerptLevels levels = testing::sample_levels(1, 100);
  Random random{5};
  const Crop crop = augmented_crop(excerpt_of(levels), 50, {150, 600, 450, 2}, no_augmentation(), random);
  EXPECT_EQ(crop.log_mel.size(), 150 * kBands);
  EXPECT_EQ(crop.log_mel[0], crop.log_mel[100 * kBands]);
}

TEST(Augmentation, the_same_generator_gives_the_same_crop) {
  const ExcerptLevels levels = testing::sample_levels(1, 800);
  const CropShape shape{150, 300, 200, 3};
  Random first{6};
  Random second{6};
  const Crop a = augmented_crop(excerpt_of(levels), 100, shape, {}, first);
  const Crop b = augmented_crop(excerpt_of(levels), 100, shape, {}, second);
  EXPECT_EQ(a.log_mel, b.log_mel);
  EXPECT_EQ(a.chroma, b.chroma);
  EXPECT_EQ(a.tempogram, b.tempogram);
}

}  // namespace
}  // namespace resonance::training
