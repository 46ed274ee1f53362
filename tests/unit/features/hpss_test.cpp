#include "resonance/features/hpss.h"

#include <cmath>
#include <vector>

#include <gtest/gtest.h>

#include "for_each_tile.h"
#include "support/signals.h"

namespace resonance::features {
namespace {

struct Energies {
  double harmonic = 0;
  double percussive = 0;
};

Energies energies_of(std::span<const float> samples) {
  Energies sum;
  testing::for_each_tile(samples, [&](const HpssTile& tile) {
    for (std::size_t bin = 0; bin < kBins; ++bin) {
      for (std::size_t frame = 0; frame < tile.frames; ++frame) {
        sum.harmonic += tile.harmonic[bin * kTileFrames + frame];
        sum.percussive += tile.percussive[bin * kTileFrames + frame];
      }
    }
  });
  return sum;
}

TEST(Hpss, a_tone_is_harmonic) {
  const Energies energies = energies_of(testing::sine(440, 2));
  EXPECT_LT(energies.percussive, 1e-2 * energies.harmonic);
}

TEST(Hpss, an_impulse_is_percussive) {
  std::vector<float> signal(88200);
  signal[44100] = 1;
  const Energies energies = energies_of(signal);
  EXPECT_LT(energies.harmonic, 1e-3 * energies.percussive);
}

TEST(Hpss, amplitudes_of_the_two_parts_add_up_to_the_whole) {
  testing::for_each_tile(testing::white_noise(1), [&](const HpssTile& tile) {
    for (std::size_t bin = 0; bin < kBins; ++bin) {
      for (std::size_t frame = 0; frame < tile.frames; ++frame) {
        const std::size_t i = bin * kTileFrames + frame;
        const float whole = std::sqrt(tile.power[i]);
        EXPECT_NEAR(std::sqrt(tile.harmonic[i]) + std::sqrt(tile.percussive[i]), whole, 1e-5F * whole);
      }
    }
  });
}

TEST(Hpss, tiles_are_consecutive_and_cover_every_frame) {
  for (const std::size_t frames : {1U, 2U, 15U, 16U, 17U, 31U, 32U, 33U, 100U}) {
    std::int64_t expected = 0;
    testing::for_each_tile(std::vector<float>((frames - 1) * kHopSamples + 1, 0.5F),
                           [&](const HpssTile& tile) {
                             EXPECT_EQ(tile.first_frame, expected);
                             expected += static_cast<std::int64_t>(tile.frames);
                           });
    EXPECT_EQ(expected, static_cast<std::int64_t>(frames));
  }
}

}  // namespace
}  // namespace resonance::features
