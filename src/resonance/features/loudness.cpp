#include "resonance/features/loudness.h"

#include "resonance/core/feature_contract.h"

#include <complex>
#include <numbers>

namespace resonance::features {
namespace {

struct Biquad {
  double b0, b1, b2, a1, a2;
};

// ITU-R BS.1770-4, tables 1 and 2. They are given for 48 kHz; what counts is their response at a frequency,
// which is evaluated there and needs no conversion of the filter to another rate.
constexpr double kFilterRateHz = 48000;
constexpr Biquad kShelf{1.53512485958697, -2.69169618940638, 1.19839281085285, -1.69065929318241,
                        0.73248077421585};
constexpr Biquad kHighPass{1.0, -2.0, 1.0, -1.99004745483398, 0.99007225036621};

double squared_gain(const Biquad& filter, double hz) {
  const std::complex<double> z = std::polar(1.0, -2 * std::numbers::pi * hz / kFilterRateHz);
  return std::norm(filter.b0 + z * (filter.b1 + z * filter.b2)) /
         std::norm(1.0 + z * (filter.a1 + z * filter.a2));
}

}  // namespace

Matrix loudness_weights() {
  // sum x^2 w^2 = (sum over all kFftSize bins of |X|^2) / kFftSize, and the mean of a periodic Hann's w^2 is
  // 3/8.
  constexpr double kSize = kFftSize;
  constexpr double kScale = 1.0 / (kSize * kSize * 3.0 / 8.0);
  Matrix weights(1, kSpectrumBins);
  for (std::size_t bin = 0; bin < kSpectrumBins; ++bin) {
    const double hz = static_cast<double>(bin) * kSampleRateHz / kSize;
    const bool counted_once = bin == 0 || bin == kSpectrumBins - 1;
    const double gain = squared_gain(kShelf, hz) * squared_gain(kHighPass, hz);
    weights(0, bin) = static_cast<float>((counted_once ? 1 : 2) * kScale * gain);
  }
  return weights;
}

}  // namespace resonance::features
