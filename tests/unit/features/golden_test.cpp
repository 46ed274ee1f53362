// What librosa 0.11 says of the same signal: tests/golden/features, made by tools/make_golden_features.py.
#include "resonance/core/npy.h"
#include "resonance/features/tuning.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <filesystem>
#include <numbers>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "extract.h"
#include "for_each_tile.h"

namespace resonance::features {
namespace {

NpyFile golden(const std::string& name) {
  return NpyFile(std::filesystem::path(RESONANCE_SOURCE_DIR) / "tests/golden/features" / (name + ".npy"));
}

// The formula of golden_signal() in tools/make_golden_features.py.
std::vector<float> golden_signal() {
  constexpr double kRate = 44100;
  constexpr std::size_t kSamples = 4 * 44100;
  constexpr std::size_t kBurstSamples = 16538;
  constexpr std::array<double, 3> kFirstChordHz{220.0, 277.1826, 329.6276};
  constexpr std::array<double, 3> kSecondChordHz{196.0, 246.9417, 293.6648};
  const double detuned = std::exp2(17.0 / 1200);
  const auto chord = [&](const std::array<double, 3>& notes_hz, double gain, double t) {
    double sum = 0;
    for (const double hz : notes_hz) {
      for (int partial = 1; partial <= 5; ++partial) {
        sum += gain / partial * std::sin(2 * std::numbers::pi * hz * detuned * partial * t);
      }
    }
    return sum;
  };
  std::vector<float> samples(kSamples);
  std::uint32_t state = 1;
  for (std::size_t n = 0; n < kSamples; ++n) {
    const double t = static_cast<double>(n) / kRate;
    state = 1664525U * state + 1013904223U;
    const double noise = state / 2147483648.0 - 1;
    const double burst = 0.5 * noise * std::exp(-static_cast<double>(n % kBurstSamples) / 400);
    double sum = 0;
    if (t < 1.2) {
      sum = chord(kFirstChordHz, 0.08, t);
    } else if (t < 2.2) {
      const double since = t - 1.2;
      sum = 0.3 * std::sin(2 * std::numbers::pi * (200 + 3000 * since) * since);
    } else if (t >= 2.7) {
      sum = chord(kSecondChordHz, 0.0008, t);
    }
    if (t < 2.2) sum += burst;
    if (t >= 2.7) sum += 0.01 * burst;
    samples[n] = static_cast<float>(sum);
  }
  return samples;
}

const FeatureBlock& features() {
  static const FeatureBlock block = testing::extract(golden_signal());
  return block;
}

double cosine(std::span<const float> a, std::span<const float> b) {
  double ab = 0;
  double aa = 0;
  double bb = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    ab += double{a[i]} * b[i];
    aa += double{a[i]} * a[i];
    bb += double{b[i]} * b[i];
  }
  return aa == 0 && bb == 0 ? 1 : ab / std::sqrt(aa * bb);
}

void expect_cosines(const Matrix& rows, const std::string& name, std::size_t every) {
  const NpyFile expected = golden(name);
  ASSERT_EQ(expected.cols(), rows.cols());
  ASSERT_EQ(expected.rows(), (rows.rows() + every - 1) / every);
  for (std::size_t i = 0; i < expected.rows(); ++i) {
    const auto row = expected.floats().subspan(i * rows.cols(), rows.cols());
    EXPECT_GT(cosine(rows.row(i * every), row), 0.99999) << name << ", frame " << i * every;
  }
}

TEST(Golden, log_mel_is_librosas) {
  const NpyFile expected = golden("log_mel");
  const auto values = features().log_mel.values();
  ASSERT_EQ(values.size(), expected.floats().size());
  double sum = 0;
  std::size_t count = 0;
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (expected.floats()[i] <= -80) continue;
    const double difference = std::abs(values[i] - expected.floats()[i]);
    EXPECT_LT(difference, 0.02) << i;
    sum += difference;
    ++count;
  }
  EXPECT_LT(sum / static_cast<double>(count), 1e-4);
}

TEST(Golden, chroma_is_librosas) { expect_cosines(features().chroma, "chroma", 1); }

TEST(Golden, onset_strength_is_librosas) {
  const NpyFile expected = golden("onset");
  ASSERT_EQ(features().onset.size(), expected.rows());
  for (std::size_t t = 0; t < expected.rows(); ++t) {
    EXPECT_NEAR(features().onset[t], expected.floats()[t], 2e-3F) << t;
  }
}

TEST(Golden, tempogram_is_librosas) { expect_cosines(features().tempogram, "tempogram", 8); }

TEST(Golden, harmonic_masks_are_librosas) {
  constexpr std::int64_t kEvery = 25;
  const NpyFile expected = golden("harmonic_mask");
  std::size_t compared = 0;
  testing::for_each_tile(golden_signal(), [&](const HpssTile& tile) {
    for (std::size_t frame = 0; frame < tile.frames; ++frame) {
      const std::int64_t t = tile.first_frame + static_cast<std::int64_t>(frame);
      if (t % kEvery != 0) continue;
      float loudest = 0;
      for (std::size_t bin = 0; bin < kBins; ++bin) {
        loudest = std::max(loudest, tile.power[bin * kTileFrames + frame]);
      }
      for (std::size_t bin = 0; bin < kBins; ++bin) {
        const float power = tile.power[bin * kTileFrames + frame];
        // 80 dB below the loudest bin and farther, a spectrum in floats begins to be its own rounding error.
        if (power <= 1e-8F * loudest) continue;
        const float mask = std::sqrt(tile.harmonic[bin * kTileFrames + frame] / power);
        const float reference = expected.floats()[static_cast<std::size_t>(t / kEvery) * kBins + bin];
        EXPECT_NEAR(mask, reference, 1e-4F) << "frame " << t << ", bin " << bin;
        ++compared;
      }
    }
  });
  EXPECT_GT(compared, 4 * kBins);
}

TEST(Golden, tuning_is_librosas) {
  TuningEstimator estimator;
  testing::for_each_tile(golden_signal(),
                         [&](const HpssTile& tile) { estimator.push(tile.harmonic, tile.frames); });
  EXPECT_NEAR(estimator.estimate(), golden("tuning").floats()[0], 1e-6);
}

}  // namespace
}  // namespace resonance::features
