#include "resonance/features/tempogram.h"

#include <algorithm>
#include <cmath>
#include <random>
#include <vector>

#include <gtest/gtest.h>

#include "vector_targets.h"

namespace resonance::features {
namespace {

constexpr std::size_t kHalf = kTempogramLags / 2;

// Windows as librosa makes them, and each row by its definition.
Matrix by_definition(const std::vector<float>& onset) {
  std::vector<double> padded;
  for (std::size_t i = 0; i < kHalf; ++i) padded.push_back(onset.front() * static_cast<double>(i) / kHalf);
  padded.insert(padded.end(), onset.begin(), onset.end());
  for (std::size_t i = kHalf; i-- > 0;) padded.push_back(onset.back() * static_cast<double>(i) / kHalf);
  Matrix rows(onset.size(), kTempogramLags);
  for (std::size_t t = 0; t < onset.size(); ++t) {
    const auto row = windowed_autocorrelation(std::span<const double>(padded).subspan(t, kTempogramLags));
    std::ranges::copy(row, rows.row(t).begin());
  }
  return rows;
}

void expect_equals_definition(const std::vector<float>& onset) {
  const Matrix expected = by_definition(onset);
  testing::for_each_vector_target([&](const char* target) {
    const Matrix rows = tempogram(onset);
    ASSERT_EQ(rows.rows(), expected.rows());
    float worst = 0;
    for (std::size_t i = 0; i < rows.values().size(); ++i) {
      worst = std::max(worst, std::abs(rows.values()[i] - expected.values()[i]));
    }
    EXPECT_LT(worst, 1e-5F) << target;
  });
}

std::vector<float> random_onsets(std::size_t count, std::uint32_t seed) {
  std::mt19937 generator(seed);
  std::vector<float> onset(count);
  for (float& value : onset) value = static_cast<float>(generator() % 1000) / 100.0F;
  return onset;
}

TEST(Tempogram, equals_its_definition_on_random_onsets_of_any_length) {
  for (const std::size_t count : {1U, 2U, 100U, 319U, 320U, 321U, 1500U}) {
    expect_equals_definition(random_onsets(count, static_cast<std::uint32_t>(count)));
  }
}

TEST(Tempogram, keeps_its_precision_where_faint_onsets_follow_loud_ones) {
  std::vector<float> onset = random_onsets(2000, 7);
  for (std::size_t t = 400; t < 900; ++t) onset[t] *= 1e-4F;
  for (std::size_t t = 900; t < 1300; ++t) onset[t] = 0;
  for (std::size_t t = 1300; t < 2000; ++t) onset[t] *= 1e-7F;
  onset[1700] = 500;
  expect_equals_definition(onset);
}

TEST(Tempogram, of_nothing_is_nothing) {
  EXPECT_EQ(tempogram({}).rows(), 0U);
  const Matrix silent = tempogram(std::vector<float>(500));
  EXPECT_TRUE(std::ranges::all_of(silent.values(), [](float value) { return value == 0; }));
}

TEST(Tempogram, of_a_pulse_every_25_frames_has_its_peaks_at_multiples_of_25) {
  std::vector<float> onset(1000);
  for (std::size_t t = 0; t < onset.size(); t += 25) onset[t] = 1;
  const Matrix rows = tempogram(onset);
  for (std::size_t lag = 0; lag < kTempogramLags; ++lag) {
    if (lag % 25 == 0) {
      EXPECT_GT(rows(500, lag), 0.0F) << lag;
    } else {
      EXPECT_LT(rows(500, lag), 1e-9F) << lag;
    }
  }
}

TEST(Tempogram, streams_in_any_portions) {
  const std::vector<float> onset = random_onsets(700, 3);
  const Matrix whole = tempogram(onset);
  TempogramStream stream;
  std::vector<float> rows;
  const auto take = [&](std::size_t frames) {
    std::vector<float> some(std::min(frames, stream.ready()) * kTempogramLags);
    stream.take(some);
    rows.insert(rows.end(), some.begin(), some.end());
  };
  for (std::size_t t = 0; t < onset.size(); ++t) {
    stream.push(std::span(onset).subspan(t, 1));
    take(t % 7);
  }
  stream.finish();
  take(stream.ready());
  EXPECT_TRUE(std::ranges::equal(rows, whole.values()));
}

}  // namespace
}  // namespace resonance::features
