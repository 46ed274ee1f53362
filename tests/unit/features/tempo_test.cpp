#include "resonance/features/tempo.h"

#include "resonance/core/npy.h"
#include "resonance/features/onset_periodicity.h"

#include <cmath>
#include <random>
#include <vector>

#include <gtest/gtest.h>

#include "describe_golden.h"
#include "extract.h"
#include "support/signals.h"

namespace resonance::features {
namespace {

using testing::describe_golden;
using testing::extract;

Tempo tempo_of(std::span<const float> onset) { return estimate_tempo(onset_periodicity(onset)); }

std::vector<float> random_onset(std::size_t frames, std::uint32_t seed) {
  std::mt19937 generator(seed);
  std::vector<float> onset(frames);
  for (float& value : onset) value = static_cast<float>(generator() >> 8) / 16777216.0F;
  return onset;
}

TEST(Tempo, of_a_click_train_is_that_of_the_clicks) {
  for (const double bpm : {90.0, 120.0, 173.0}) {
    const Tempo tempo = tempo_of(extract(testing::clicks(bpm, 30)).onset);
    EXPECT_NEAR(tempo.bpm, bpm, 0.01 * bpm);
    EXPECT_GT(tempo.confidence, 0.5F) << bpm << " BPM";
  }
}

TEST(Tempo, equals_the_reference_on_its_onsets) {
  for (const auto& expected : testing::golden_descriptions()) {
    const NpyFile onset(describe_golden(expected.name + "_onset.npy"));
    const OnsetPeriodicity periodicity = onset_periodicity(onset.floats());
    const Tempo tempo = estimate_tempo(periodicity);
    EXPECT_NEAR(tempo.bpm, expected.tempo_bpm, 1e-3) << expected.name;
    EXPECT_NEAR(tempo.confidence, expected.tempo_confidence, 1e-4) << expected.name;
    EXPECT_NEAR(periodicity.peaks_per_second, expected.onsets_per_second, 1e-4) << expected.name;
  }
}

TEST(Tempo, does_not_depend_on_how_loud_the_onsets_are) {
  std::vector<float> onset = extract(testing::clicks(97, 20)).onset;
  const Tempo tempo = tempo_of(onset);
  for (float& value : onset) value *= 8;
  EXPECT_EQ(tempo_of(onset).bpm, tempo.bpm);
}

TEST(Tempo, survives_a_break_of_silence) {
  std::vector<float> onset = extract(testing::clicks(110, 20)).onset;
  const std::vector<float> again = onset;
  onset.resize(onset.size() + 1500);
  onset.insert(onset.end(), again.begin(), again.end());
  EXPECT_NEAR(tempo_of(onset).bpm, 110, 1.1);
}

TEST(Tempo, there_is_none_without_onset_energy) {
  for (const std::size_t frames : {0U, 1U, 2U, 3U, 149U, 150U, 600U, 5000U}) {
    for (const float level : {0.0F, 0.1F, 7.0F}) {
      const Tempo tempo = tempo_of(std::vector<float>(frames, level));
      EXPECT_EQ(tempo.bpm, 0.0F);
      EXPECT_EQ(tempo.confidence, 0.0F);
    }
  }
}

TEST(Tempo, there_is_none_in_less_than_three_seconds) {
  EXPECT_EQ(tempo_of(random_onset(149, 1)).bpm, 0.0F);
  EXPECT_GT(tempo_of(random_onset(150, 1)).bpm, 0.0F);
}

TEST(Tempo, is_finite_and_in_range_whatever_the_onsets) {
  for (std::uint32_t seed = 0; seed < 40; ++seed) {
    const Tempo tempo = tempo_of(random_onset(1 + seed * 37, seed));
    EXPECT_TRUE(tempo.bpm == 0 || (tempo.bpm > 38 && tempo.bpm < 243)) << tempo.bpm;
    EXPECT_GE(tempo.confidence, 0.0F);
    EXPECT_LE(tempo.confidence, 1.0F);
  }
  std::vector<float> one_onset(3000);
  one_onset[1500] = 1e6F;
  EXPECT_TRUE(std::isfinite(tempo_of(one_onset).bpm));
}

TEST(OnsetPeriodicity, equals_the_reference) {
  const NpyFile onset(describe_golden("jig_onset.npy"));
  const NpyFile autocorrelation(describe_golden("jig_autocorrelation.npy"));
  const NpyFile spectrum(describe_golden("jig_spectrum.npy"));
  const OnsetPeriodicity periodicity = onset_periodicity(onset.floats());
  ASSERT_EQ(periodicity.autocorrelation.size(), autocorrelation.rows());
  ASSERT_EQ(periodicity.spectrum.size(), spectrum.rows());
  for (std::size_t i = 0; i < autocorrelation.rows(); ++i) {
    ASSERT_NEAR(periodicity.autocorrelation[i], autocorrelation.floats()[i], 1e-6) << "lag " << i;
  }
  for (std::size_t i = 0; i < spectrum.rows(); ++i) {
    ASSERT_NEAR(periodicity.spectrum[i], spectrum.floats()[i], 1e-6) << "bin " << i;
  }
}

TEST(OnsetPeriodicity, of_a_pulse_every_half_second_repeats_after_25_frames) {
  std::vector<float> onset(1200);
  for (std::size_t i = 0; i < onset.size(); i += 25) onset[i] = 1;
  const OnsetPeriodicity periodicity = onset_periodicity(onset);
  EXPECT_NEAR(periodicity.at_lag(0), 1, 1e-12);
  EXPECT_NEAR(periodicity.at_lag(25), 1, 1e-3);
  EXPECT_NEAR(periodicity.at_lag(12), -1.0 / 24, 0.01);
  EXPECT_NEAR(periodicity.at_lag(24.5), (periodicity.at_lag(24) + periodicity.at_lag(25)) / 2, 1e-12);
  EXPECT_EQ(periodicity.at_lag(420), 0);
  EXPECT_GT(periodicity.at_frequency(2), 0.9);
  EXPECT_NEAR(periodicity.peaks_per_second, 2, 0.15);
}

}  // namespace
}  // namespace resonance::features
