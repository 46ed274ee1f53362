#include "resonance/audio/rate_converter.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <vector>

#include <gtest/gtest.h>

namespace resonance::audio {
namespace {

std::vector<float> tone(std::size_t samples, double hz, double rate_hz) {
  std::vector<float> result(samples);
  for (std::size_t i = 0; i < samples; ++i) {
    result[i] = static_cast<float>(std::sin(2 * std::numbers::pi * hz * static_cast<double>(i) / rate_hz));
  }
  return result;
}

std::vector<float> converted(const std::vector<float>& samples, int from_hz, int to_hz, std::size_t step) {
  RateConverter converter(from_hz, to_hz);
  std::vector<float> result;
  const auto append = [&](std::span<const float> more) {
    result.insert(result.end(), more.begin(), more.end());
  };
  for (std::size_t at = 0; at < samples.size(); at += step) {
    append(converter.push(std::span<const float>(samples).subspan(at, std::min(step, samples.size() - at))));
  }
  append(converter.finish());
  return result;
}

TEST(RateConverter, a_tone_below_the_new_limit_stays_that_tone_at_its_time) {
  const std::vector<float> result = converted(tone(44100, 1000, 44100), 44100, 16000, 1234);
  const std::vector<float> expected = tone(16000, 1000, 16000);
  ASSERT_NEAR(static_cast<double>(result.size()), 16000, 40);
  for (std::size_t i = 100; i < 15800; ++i) ASSERT_NEAR(result[i], expected[i], 2e-3) << i;
}

TEST(RateConverter, a_tone_above_the_new_limit_is_gone) {
  const std::vector<float> result = converted(tone(44100, 12000, 44100), 44100, 16000, 4096);
  for (std::size_t i = 100; i < 15800; ++i) ASSERT_NEAR(result[i], 0, 1e-3) << i;
}

TEST(RateConverter, of_one_rate_hands_the_samples_on) {
  const std::vector<float> samples = tone(1000, 440, 16000);
  EXPECT_EQ(converted(samples, 16000, 16000, 77), samples);
}

}  // namespace
}  // namespace resonance::audio
