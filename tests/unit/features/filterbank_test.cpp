#include "resonance/features/filterbank.h"

#include "resonance/features/chroma_filterbank.h"
#include "resonance/features/loudness.h"
#include "resonance/features/mel_filterbank.h"

#include <cmath>
#include <numeric>
#include <random>

#include <gtest/gtest.h>

#include "vector_targets.h"

namespace resonance::features {
namespace {

AlignedFloats noise_tile() {
  std::mt19937 generator(1);
  AlignedFloats tile(kTileSize);
  for (float& value : tile) value = static_cast<float>(generator() % 1000);
  return tile;
}

// Row by row, as a matrix product, in double precision.
std::vector<double> product(const Matrix& weights, const AlignedFloats& tile) {
  std::vector<double> out(weights.rows() * kTileFrames);
  for (std::size_t filter = 0; filter < weights.rows(); ++filter) {
    for (std::size_t bin = 0; bin < kBins; ++bin) {
      for (std::size_t frame = 0; frame < kTileFrames; ++frame) {
        out[filter * kTileFrames + frame] += double{weights(filter, bin)} * tile[bin * kTileFrames + frame];
      }
    }
  }
  return out;
}

TEST(Filterbank, is_the_matrix_product_on_every_vector_target) {
  const AlignedFloats tile = noise_tile();
  for (const Matrix& weights : {mel_weights(), chroma_weights(0.17), loudness_weights()}) {
    const Filterbank filterbank(weights, 1e-7F);
    const std::vector<double> expected = product(weights, tile);
    AlignedFloats scalar(expected.size());
    filterbank.apply_scalar(tile, scalar);
    testing::for_each_vector_target([&](const char* target) {
      AlignedFloats out(expected.size());
      filterbank.apply(tile, out);
      for (std::size_t i = 0; i < expected.size(); ++i) {
        ASSERT_NEAR(out[i], expected[i], 1e-5 * expected[i]) << target;
        ASSERT_NEAR(out[i], scalar[i], 1e-5 * expected[i]) << target;
      }
    });
  }
}

TEST(Filterbank, of_nothing_but_zeros_gives_zeros) {
  const Filterbank filterbank(Matrix(3, kBins));
  AlignedFloats out(3 * kTileFrames, 1.0F);
  filterbank.apply(noise_tile(), out);
  for (const float value : out) EXPECT_EQ(value, 0.0F);
}

TEST(MelFilterbank, each_filter_that_is_wide_enough_has_unit_area) {
  const Matrix weights = mel_weights();
  const double hz_per_bin = static_cast<double>(kSampleRateHz) / kFftSize;
  for (std::size_t band = 60; band < kMelBands; ++band) {
    const auto row = weights.row(band);
    EXPECT_NEAR(std::accumulate(row.begin(), row.end(), 0.0) * hz_per_bin, 1, 0.06) << band;
  }
}

TEST(ChromaFilterbank, a_bin_belongs_most_to_the_pitch_class_it_is_nearest_to) {
  const Matrix weights = chroma_weights(0);
  for (std::size_t bin = 100; bin < kBins; ++bin) {
    const double hz = static_cast<double>(bin) * kSampleRateHz / kFftSize;
    const double above_c = 24 * std::log2(hz / 440) + 18;  // A is 18 bins above C
    const auto nearest = static_cast<std::size_t>(std::lround(above_c)) % kChromaBins;
    if (std::abs(above_c - std::round(above_c)) > 0.45) continue;  // between two
    for (std::size_t chroma = 0; chroma < kChromaBins; ++chroma) {
      EXPECT_LE(weights(chroma, bin), weights(nearest, bin)) << hz << " Hz";
    }
  }
}

TEST(LoudnessWeights, follow_the_k_weighting) {
  // BS.1770: 0.691 dB at 997 Hz, about 4 dB at the top, and a high-pass with -3 dB or so below 60 Hz.
  const Matrix weights = loudness_weights();
  const auto gain_db = [&](double hz) {
    const auto bin = static_cast<std::size_t>(std::lround(hz * kFftSize / kSampleRateHz));
    return 10 * std::log10(weights(0, bin) * (double{kFftSize} * kFftSize * 3 / 8) / 2);
  };
  EXPECT_NEAR(gain_db(997), 0.69, 0.02);
  EXPECT_NEAR(gain_db(10000), 4.0, 0.1);
  EXPECT_LT(gain_db(43), -2.5);
}

}  // namespace
}  // namespace resonance::features
