#include "resonance/features/spectrum_kernels.h"

#include <cmath>
#include <numbers>
#include <random>

#include <gtest/gtest.h>

#include "vector_targets.h"

namespace resonance::features {
namespace {

// Positive, over many orders of magnitude.
AlignedFloats random_powers(std::size_t count, std::uint32_t seed) {
  std::mt19937 generator(seed);
  AlignedFloats values(count);
  for (float& value : values) value = std::exp(static_cast<float>(generator() % 10000) / 200.0F - 25.0F);
  return values;
}

void expect_close(std::span<const float> actual, std::span<const float> expected, float relative,
                  float absolute, const char* target) {
  ASSERT_EQ(actual.size(), expected.size());
  for (std::size_t i = 0; i < actual.size(); ++i) {
    ASSERT_NEAR(actual[i], expected[i], relative * std::abs(expected[i]) + absolute) << target << " at " << i;
  }
}

TEST(SpectrumKernels, windowing_equals_its_scalar_twin_and_bounds_the_samples) {
  AlignedFloats samples = random_powers(kFftSize + 1, 1);
  samples[5] = 1e30F;
  samples[6] = -1e30F;
  const AlignedFloats window = random_powers(kFftSize, 2);
  const std::span<const float> unaligned = std::span(samples).subspan(1);
  AlignedFloats expected(kFftSize);
  scalar::apply_window(unaligned, window, expected);
  EXPECT_EQ(expected[4], 1e9F * window[4]);
  testing::for_each_vector_target([&](const char* target) {
    AlignedFloats out(kFftSize);
    apply_window(unaligned, window, out);
    EXPECT_EQ(out, expected) << target;
  });
}

TEST(SpectrumKernels, the_split_equals_its_scalar_twin_and_the_definition_of_a_real_spectrum) {
  constexpr std::size_t kHalf = kFftSize / 2;
  AlignedFloats twiddles(kHalf);
  for (std::size_t k = 0; k < kHalf / 2; ++k) {
    twiddles[k] = static_cast<float>(std::cos(std::numbers::pi * static_cast<double>(k) / kHalf));
    twiddles[kHalf / 2 + k] = static_cast<float>(std::sin(std::numbers::pi * static_cast<double>(k) / kHalf));
  }
  // Of the pairs of x[n] = (n == 3): the spectrum of one impulse, whose power is 1 everywhere.
  AlignedFloats fft(kFftSize + 2);
  for (std::size_t k = 0; k <= kHalf; ++k) {
    const double angle = -2 * std::numbers::pi * static_cast<double>(k) / kHalf;
    fft[2 * k] = static_cast<float>(-std::sin(angle));  // i * exp(i angle): sample 3 is an imaginary part
    fft[2 * k + 1] = static_cast<float>(std::cos(angle));
  }
  AlignedFloats power(kHalf + 1);
  scalar::split_real_power(fft, twiddles, power);
  for (const float value : power) EXPECT_NEAR(value, 1, 1e-5);

  AlignedFloats noise = random_powers(kFftSize + 2, 3);
  noise[kFftSize] = noise[0];
  noise[kFftSize + 1] = noise[1];
  AlignedFloats expected(kHalf + 1);
  scalar::split_real_power(noise, twiddles, expected);
  testing::for_each_vector_target([&](const char* target) {
    AlignedFloats out(kHalf + 1);
    split_real_power(noise, twiddles, out);
    expect_close(out, expected, 1e-3F, 1e5F, target);  // of values up to 1e21
  });
}

TEST(SpectrumKernels, transposing_equals_its_scalar_twin_and_undoes_itself) {
  for (const std::size_t cols : {std::size_t{kChromaBins}, std::size_t{kMelBands}, kRowStride}) {
    const AlignedFloats rows = random_powers(cols * kTileFrames, 4);
    AlignedFloats expected(rows.size());
    scalar::transpose_to_bin_rows(rows, cols, expected);
    testing::for_each_vector_target([&](const char* target) {
      AlignedFloats bin_rows(rows.size());
      AlignedFloats back(rows.size());
      transpose_to_bin_rows(rows, cols, bin_rows);
      EXPECT_EQ(bin_rows, expected) << target;
      transpose_to_frame_rows(bin_rows, cols, back);
      EXPECT_EQ(back, rows) << target;
    });
  }
}

TEST(SpectrumKernels, soft_masks_equal_their_scalar_twin_and_split_what_neither_median_claims) {
  const AlignedFloats power = random_powers(kTileSize, 5);
  AlignedFloats harmonic = random_powers(kTileSize, 6);
  AlignedFloats percussive = random_powers(kTileSize, 7);
  harmonic[10] = 0;
  percussive[10] = 0;
  harmonic[11] = 0;
  AlignedFloats expected_harmonic = harmonic;
  AlignedFloats expected_percussive = percussive;
  scalar::apply_soft_masks(power, expected_harmonic, expected_percussive);
  EXPECT_EQ(expected_harmonic[10], power[10] / 4);
  EXPECT_EQ(expected_percussive[11], power[11]);
  testing::for_each_vector_target([&](const char* target) {
    AlignedFloats h = harmonic;
    AlignedFloats p = percussive;
    apply_soft_masks(power, h, p);
    expect_close(h, expected_harmonic, 1e-6F, 1e-38F, target);
    expect_close(p, expected_percussive, 1e-6F, 1e-38F, target);
  });
}

TEST(SpectrumKernels, decibels_are_within_a_hundred_thousandth) {
  AlignedFloats powers = random_powers(4096, 8);
  powers[0] = 0;
  powers[1] = 1;
  powers[2] = 3e38F;
  AlignedFloats expected = powers;
  scalar::power_to_db(expected);
  EXPECT_EQ(expected[0], -100.0F);
  EXPECT_EQ(expected[1], 0.0F);
  testing::for_each_vector_target([&](const char* target) {
    AlignedFloats db = powers;
    power_to_db(db);
    expect_close(db, expected, 1e-6F, 1e-5F, target);
  });
}

TEST(SpectrumKernels, mean_rise_equals_its_scalar_twin) {
  const AlignedFloats row = random_powers(kMelBands, 9);
  const AlignedFloats next = random_powers(kMelBands, 10);
  const float expected = scalar::mean_rise(row, next);
  testing::for_each_vector_target([&](const char* target) {
    EXPECT_NEAR(mean_rise(row, next), expected, 1e-6F * expected) << target;
    EXPECT_EQ(mean_rise(row, row), 0.0F) << target;
  });
}

TEST(SpectrumKernels, sixteen_bits_keep_a_power_within_a_fifth_of_a_percent) {
  AlignedFloats powers = random_powers(4096, 11);
  powers[0] = 0;
  AlignedVector<std::uint16_t> expected(powers.size());
  scalar::encode_positive(powers, expected);
  testing::for_each_vector_target([&](const char* target) {
    AlignedVector<std::uint16_t> codes(powers.size());
    AlignedFloats back(powers.size());
    encode_positive(powers, codes);
    EXPECT_EQ(codes, expected) << target;
    decode_positive(codes, back);
    expect_close(back, powers, 1.0F / 512, 0, target);
  });
}

}  // namespace
}  // namespace resonance::features
