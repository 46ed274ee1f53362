#include "resonance/features/track_describer.h"

#include "resonance/features/brightness.h"
#include "resonance/features/feature_extractor.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

#include <gtest/gtest.h>

#include "chords.h"
#include "extract.h"
#include "support/signals.h"

namespace resonance::features {
namespace {

Description describe(std::span<const float> samples, std::size_t block_samples = 4096) {
  FeatureExtractor extractor;
  TrackDescriber describer;
  for (std::size_t i = 0; i < samples.size(); i += block_samples) {
    extractor.push(samples.subspan(i, std::min(block_samples, samples.size() - i)));
    while (const auto block = extractor.next()) describer.push(*block);
  }
  extractor.finish();
  while (const auto block = extractor.next()) describer.push(*block);
  return describer.finish();
}

void expect_within_range(const Description& d) {
  EXPECT_TRUE(d.tempo_bpm >= 0 && d.tempo_bpm < 250);
  EXPECT_TRUE(d.tempo_confidence >= 0 && d.tempo_confidence <= 1);
  EXPECT_TRUE(d.key_tonic >= -1 && d.key_tonic < 12);
  EXPECT_TRUE(d.key_confidence >= 0 && d.key_confidence <= 1);
  EXPECT_TRUE(d.brightness_hz >= 0 && d.brightness_hz < 22050);
  EXPECT_TRUE(d.onsets_per_second >= 0 && d.onsets_per_second <= 25);
  EXPECT_TRUE(d.energy >= 0 && d.energy <= 1);
}

TEST(TrackDescriber, silence_has_no_tempo_no_key_and_no_energy) {
  for (const std::size_t samples : {0U, 1U, 882U, 44100U, 882000U}) {
    EXPECT_EQ(describe(std::vector<float>(samples)), Description{}) << samples;
  }
}

TEST(TrackDescriber, says_tempo_and_key_of_chords_over_a_beat) {
  const std::vector<float> cadence = testing::major_cadence(7);
  std::vector<float> song;
  for (int i = 0; i < 4; ++i) song.insert(song.end(), cadence.begin(), cadence.end());
  const Description description = describe(testing::mix(song, testing::clicks(100, 16)));
  EXPECT_NEAR(description.tempo_bpm, 100, 1);
  EXPECT_EQ(key_name(description), "G major");
  EXPECT_NEAR(description.onsets_per_second, 2.2, 0.8);
  expect_within_range(description);
}

TEST(TrackDescriber, says_the_same_bit_by_bit_whatever_the_blocks) {
  const std::vector<float> signal = testing::mix(testing::minor_cadence(2), testing::clicks(97, 8));
  const Description whole = describe(signal, signal.size());
  for (const std::size_t block : {883U, 4096U, 100000U}) EXPECT_EQ(describe(signal, block), whole);
}

TEST(TrackDescriber, blocks_of_features_may_be_cut_anywhere) {
  FeatureExtractor extractor;
  extractor.push(testing::mix(testing::minor_cadence(2), testing::clicks(97, 8)));
  extractor.finish();
  TrackDescriber in_one;
  TrackDescriber in_rows;
  while (const auto block = extractor.next()) {
    in_one.push(*block);
    for (std::size_t t = 0; t < block->frames(); ++t) {
      FeatureBlock row{.first_frame = block->first_frame + static_cast<std::int64_t>(t),
                       .log_mel = Matrix(1, kMelBands),
                       .chroma = {},
                       .onset = {block->onset[t]},
                       .loudness = {block->loudness[t]},
                       .tempogram = {}};
      std::ranges::copy(block->log_mel.row(t), row.log_mel.values().begin());
      if (t == 0) row.pitch_peaks = block->pitch_peaks;
      in_rows.push(row);
    }
  }
  EXPECT_EQ(in_rows.finish(), in_one.finish());
}

TEST(TrackDescriber, every_figure_is_in_range_for_noise_and_for_fragments) {
  for (const double seconds : {0.0001, 0.02, 0.5, 2.99, 3.1, 12.5}) {
    expect_within_range(describe(testing::white_noise(seconds, 1)));
  }
}

TEST(Brightness, of_a_pure_tone_is_its_frequency) {
  for (const double hz : {500.0, 1000.0, 4000.0, 12000.0}) {
    Brightness brightness;
    brightness.push(testing::extract(testing::sine(hz, 2)).log_mel);
    EXPECT_NEAR(brightness.mean_hz(), hz, 0.03 * hz);
  }
}

TEST(Brightness, silence_does_not_count) {
  std::vector<float> signal = testing::sine(2000, 1);
  Brightness alone;
  alone.push(testing::extract(signal).log_mel);
  signal.resize(10 * signal.size());
  Brightness with_silence;
  with_silence.push(testing::extract(signal).log_mel);
  EXPECT_NEAR(with_silence.mean_hz(), alone.mean_hz(), 0.03 * alone.mean_hz());
  Brightness silence;
  silence.push(testing::extract(std::vector<float>(50000)).log_mel);
  EXPECT_EQ(silence.mean_hz(), 0.0F);
}

TEST(Brightness, its_power_of_decibels_is_right_to_a_hundred_thousandth) {
  for (int i = -20000; i <= 20000; ++i) {
    const float db = static_cast<float>(i) * 0.015F;
    ASSERT_NEAR(power_of_db(db) / std::pow(10.0, static_cast<double>(db) / 10), 1, 1e-5) << db << " dB";
  }
}

TEST(Energy, grows_with_loudness_onsets_and_brightness) {
  const float middle = energy(-18.5F, 5, 380);
  EXPECT_FLOAT_EQ(middle, 0.5F);
  EXPECT_GT(energy(-12, 5, 380), middle);
  EXPECT_GT(energy(-18.5F, 7, 380), middle);
  EXPECT_GT(energy(-18.5F, 5, 700), middle);
  EXPECT_GE(energy(-70, 0, 0), 0.0F);
  EXPECT_LE(energy(20, 25, 22050), 1.0F);
}

}  // namespace
}  // namespace resonance::features
