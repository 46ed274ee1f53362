#include "resonance/core/error.h"
#include "resonance/core/feature_contract.h"
#include "resonance/embedding/embedder.h"
#include "resonance/embedding/harmony_statistics.h"
#include "resonance/embedding/rhythm_statistics.h"
#include "resonance/embedding/timbre_statistics.h"

#include <algorithm>
#include <cmath>
#include <vector>

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

/// Chords of a root each, the same for so many frames.
FeatureBlock progression(const std::vector<std::size_t>& roots, std::size_t frames_each) {
  FeatureBlock block = silent_block(2400);
  for (std::size_t t = 0; t < block.frames(); ++t) {
    const std::size_t root = roots[t / frames_each % roots.size()];
    for (const std::size_t interval : {0UL, 8UL, 14UL})  // a major triad in quarter tones
      block.chroma(t, (root + interval) % kChromaBins) = 1;
  }
  return block;
}

double distance(const std::vector<float>& a, const std::vector<float>& b) {
  double squares = 0;
  for (std::size_t d = 0; d < a.size(); ++d) squares += std::pow(static_cast<double>(a[d]) - b[d], 2);
  return std::sqrt(squares);
}

TEST(HarmonyStatistics, chords_that_change_four_times_as_often_lie_some_bands_higher) {
  const auto band_of = [](std::size_t columns_each) {
    const auto harmony =
        describe(progression({0, 10}, columns_each * HarmonyStatistics::kFramesPerColumn)).harmony;
    const auto row = harmony.begin() + 3 * HarmonyStatistics::kRowDimensions;
    return std::max_element(row, row + HarmonyStatistics::kBands) - row;
  };
  // Bands are a factor of 1.48 apart, so a factor of four is three or four of them.
  EXPECT_NEAR(static_cast<double>(band_of(4) - band_of(16)), 3.5, 0.6);
}

TEST(HarmonyStatistics, chords_that_never_change_have_no_rate) {
  const auto harmony = describe(progression({4}, 100)).harmony;
  const auto steady = harmony.begin() + HarmonyStatistics::kPitchRows * HarmonyStatistics::kRowDimensions;
  EXPECT_TRUE(std::all_of(harmony.begin(), steady, [](float value) { return value < 0.02F; }));
  EXPECT_TRUE(std::any_of(steady, harmony.end(), [](float value) { return value > 1; }));
}

// With every frequency by itself, a work was lost in versions a tenth slower or faster.
TEST(HarmonyStatistics, a_tempo_a_quarter_faster_changes_less_than_another_order_of_the_chords) {
  const std::vector<std::size_t> roots{0, 14, 18, 10};
  const auto written = describe(progression(roots, 100)).harmony;
  const auto faster = describe(progression(roots, 80)).harmony;
  const auto other = describe(progression({0, 10, 18, 14}, 100)).harmony;
  EXPECT_LT(distance(written, faster), 0.6 * distance(written, other));
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
