#include "resonance/core/error.h"
#include "resonance/core/feature_contract.h"
#include "resonance/embedding/embedder.h"
#include "resonance/embedding/harmony_statistics.h"
#include "resonance/embedding/rhythm_statistics.h"
#include "resonance/embedding/timbre_statistics.h"

#include <algorithm>
#include <cmath>

#include <gtest/gtest.h>

#include "feature_blocks.h"

namespace resonance::embedding {
namespace {

using testing::describe;
using testing::random_block;
using testing::rows_of;
using testing::segments_of;
using testing::silent_block;

TEST(StatisticsEmbedder, where_the_blocks_end_makes_no_difference_to_the_last_bit) {
  const FeatureBlock whole = random_block(2300, 1);
  const Descriptor expected = describe(whole);
  for (const std::size_t size : {1UL, 7UL, 512UL, 1000UL}) {
    const auto builder = make_statistics_embedder()->begin_track();
    for (std::size_t first = 0; first < whole.frames(); first += size) {
      builder->push(rows_of(whole, first, std::min(size, whole.frames() - first)));
    }
    EXPECT_EQ(builder->finish(), expected) << size;
  }
}

TEST(StatisticsEmbedder, segments_are_heard_as_their_frames_by_themselves_wherever_blocks_end) {
  const auto embedder = make_statistics_embedder();
  const FeatureBlock block = random_block(1400, 3);
  const auto found = segments_of(*embedder, block, 64);
  ASSERT_EQ(found.size(), 3U);
  for (std::size_t i = 0; i < found.size(); ++i) {
    EXPECT_EQ(found[i], describe(rows_of(block, i * kSegmentHopFrames, kSegmentFrames))) << i;
  }
  EXPECT_EQ(segments_of(*embedder, block, 1400), found);
  EXPECT_EQ(segments_of(*embedder, block, 1399), found);
}

TEST(StatisticsEmbedder, a_track_shorter_than_a_segment_is_repeated_to_fill_one) {
  const auto embedder = make_statistics_embedder();
  for (const std::size_t frames : {1UL, 400UL, 899UL}) {
    const FeatureBlock block = random_block(frames, 5);
    const auto found = segments_of(*embedder, block, 37);
    ASSERT_EQ(found.size(), 1U) << frames;
    EXPECT_EQ(found[0], describe(testing::repeated(block, kSegmentFrames))) << frames;
  }
  EXPECT_EQ(segments_of(*embedder, random_block(900, 5), 900).size(), 1U);
}

TEST(StatisticsEmbedder, a_track_is_the_same_with_and_without_segments) {
  const FeatureBlock block = random_block(1200, 6);
  const auto builder = make_statistics_embedder()->begin_track([](const Descriptor&) {});
  builder->push(block);
  EXPECT_EQ(builder->finish(), describe(block));
}

TEST(StatisticsEmbedder, silence_says_nothing_in_any_part) {
  const Descriptor silence = describe(silent_block(3000));
  EXPECT_EQ(silence.timbre.size(), TimbreStatistics::kDimensions);
  EXPECT_EQ(silence.harmony.size(), HarmonyStatistics::kDimensions);
  EXPECT_EQ(silence.rhythm.size(), RhythmStatistics::kDimensions);
  for (const auto* part : {&silence.timbre, &silence.harmony, &silence.rhythm}) {
    EXPECT_TRUE(std::all_of(part->begin(), part->end(), [](float value) { return value == 0; }));
  }
}

TEST(StatisticsEmbedder, one_frame_and_three_seconds_are_enough_for_finite_values) {
  for (const std::size_t frames : {1UL, 2UL, 11UL, 12UL, 150UL, 767UL, 768UL}) {
    const Descriptor descriptor = describe(random_block(frames, 2));
    for (const auto* part : {&descriptor.timbre, &descriptor.harmony, &descriptor.rhythm}) {
      EXPECT_TRUE(std::all_of(part->begin(), part->end(), [](float value) { return std::isfinite(value); }));
      EXPECT_TRUE(std::any_of(part->begin(), part->end(), [](float value) { return value != 0; })) << frames;
    }
  }
}

// With 40 bands up to 22 kHz, a query without what lies above 8 kHz found its own track in three cases of
// five.
TEST(StatisticsEmbedder, a_low_pass_at_eight_kilohertz_changes_nothing) {
  FeatureBlock block = random_block(1000, 4);
  for (std::size_t t = 0; t < block.frames(); ++t) block.log_mel(t, 3) = 30;  // the loudest, far below
  const Descriptor before = describe(block);
  constexpr std::size_t kBandAtEightKilohertz = 120;
  for (std::size_t t = 0; t < block.frames(); ++t) {
    for (std::size_t b = kBandAtEightKilohertz; b < static_cast<std::size_t>(kMelBands); ++b)
      block.log_mel(t, b) = -100;
  }
  EXPECT_EQ(describe(block), before);
}

TEST(StatisticsEmbedder, a_block_of_other_shapes_is_refused) {
  FeatureBlock block = silent_block(3);
  block.chroma = Matrix(3, 12);
  EXPECT_THROW(describe(block), Error);
}

TEST(HarmonyStatistics, a_transposition_changes_nothing) {
  const FeatureBlock block = random_block(2000, 3);
  FeatureBlock transposed = block;
  for (std::size_t t = 0; t < block.frames(); ++t) {
    auto row = transposed.chroma.row(t);
    std::rotate(row.begin(), row.begin() + 10, row.end());
  }
  const auto a = describe(block).harmony;
  const auto b = describe(transposed).harmony;
  for (std::size_t d = 0; d < a.size(); ++d) EXPECT_NEAR(a[d], b[d], 2e-3);
}

TEST(HarmonyStatistics, a_minor_third_and_a_fifth_in_every_chord_show_in_the_interval_statistics) {
  FeatureBlock block = silent_block(1000);
  for (std::size_t t = 0; t < block.frames(); ++t) {
    for (const std::size_t bin : {4UL, 10UL, 18UL}) block.chroma(t, bin) = 1;  // D, F, A in quarter tones
  }
  const auto harmony = describe(block).harmony;
  const std::size_t together =
      HarmonyStatistics::kPitchRows * HarmonyStatistics::kColumns + HarmonyStatistics::kIntervals;
  EXPECT_EQ(harmony[together], 3.0F);       // each pitch with itself
  EXPECT_EQ(harmony[together + 6], 1.0F);   // D-F, three semitones
  EXPECT_EQ(harmony[together + 8], 1.0F);   // F-A, four
  EXPECT_EQ(harmony[together + 10], 1.0F);  // A-D, five
  EXPECT_EQ(harmony[together + 1], 0.0F);
}

TEST(HarmonyStatistics, a_track_of_hours_keeps_a_bounded_number_of_patches) {
  HarmonyStatistics statistics;
  const FeatureBlock block = random_block(5000, 6);
  for (int repeat = 0; repeat < 60; ++repeat) {  // 100 minutes
    for (std::size_t t = 0; t < block.frames(); ++t) statistics.push(block.chroma.row(t));
  }
  EXPECT_LE(statistics.patches(), HarmonyStatistics::kMaxPatches);
  EXPECT_GE(statistics.patches(), HarmonyStatistics::kMaxPatches / 2);
}

TEST(RhythmStatistics, a_band_that_pulses_at_two_hertz_is_strongest_at_that_rate) {
  FeatureBlock block = silent_block(1000);
  for (std::size_t t = 0; t < block.frames(); ++t) {
    for (float& value : block.log_mel.row(t)) value = -10;
    const float swing = std::sin(2 * 3.14159265F * 2 * static_cast<float>(t) / kFramesPerSecond);
    for (std::size_t b = 16; b < 24; ++b) block.log_mel(t, b) = 10 * swing;
  }
  const auto rhythm = describe(block).rhythm;
  // Bands 16 to 23 of 160 are band 2 of 20; rates are 16 equal steps of the logarithm from 0.4 to 20 Hz.
  const std::size_t expected = static_cast<std::size_t>(std::log(2 / 0.4) / std::log(20 / 0.4) * 16);
  const auto band = rhythm.begin() + 2 * RhythmStatistics::kRates;
  EXPECT_EQ(std::max_element(band, band + RhythmStatistics::kRates) - band,
            static_cast<std::ptrdiff_t>(expected));
  EXPECT_NEAR(rhythm[0], std::log(0.1), 1e-2) << "a constant band is not modulated";
}

TEST(TimbreStatistics, the_spectral_pattern_of_a_ramp_is_its_order_statistics) {
  FeatureBlock block = silent_block(10);
  for (std::size_t t = 0; t < block.frames(); ++t) {
    for (float& value : block.log_mel.row(t)) value = static_cast<float>((7 * t) % 10);  // 0..9, shuffled
  }
  const auto timbre = describe(block).timbre;
  const auto pattern =
      timbre.end() - (TimbreStatistics::kPatternLevels + TimbreStatistics::kRiseLevels) * kHeardBands;
  const double level = (0 + 2 + 5 + 7 + 9) / 5.0;
  const std::array<double, TimbreStatistics::kPatternLevels> expected{0, 2, 5, 7, 9};
  for (std::size_t i = 0; i < expected.size(); ++i) {
    EXPECT_NEAR(pattern[static_cast<std::ptrdiff_t>(i * kHeardBands)], expected[i] - level, 2e-3);
  }
}

TEST(TimbreStatistics, what_a_codec_takes_away_seventy_decibels_down_changes_nothing) {
  FeatureBlock block = random_block(300, 8);
  for (std::size_t t = 0; t < block.frames(); ++t) {
    block.log_mel(t, 0) = 30;
    for (std::size_t b = 140; b < 160; ++b) block.log_mel(t, b) = -45;
  }
  FeatureBlock low_passed = block;
  for (std::size_t t = 0; t < block.frames(); ++t) {
    for (std::size_t b = 140; b < 160; ++b) low_passed.log_mel(t, b) = -100;
  }
  EXPECT_EQ(describe(block), describe(low_passed));
}

TEST(TimbreStatistics, a_louder_copy_is_the_same) {
  const FeatureBlock block = random_block(500, 4);
  FeatureBlock louder = block;
  for (float& value : louder.log_mel.values()) value += 6;
  const auto a = describe(block).timbre;
  const auto b = describe(louder).timbre;
  for (std::size_t d = 0; d < a.size(); ++d) EXPECT_NEAR(a[d], b[d], 1e-2) << d;
}

}  // namespace
}  // namespace resonance::embedding
