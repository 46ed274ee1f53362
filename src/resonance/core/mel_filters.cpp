#include "resonance/core/mel_filters.h"

#include <algorithm>
#include <cmath>

namespace resonance {
namespace {

// Linear below 1 kHz, logarithmic above: 15 mel a kilohertz, then a factor of 6.4 every 27 mel.
constexpr double kHzPerMel = 200.0 / 3.0;
constexpr double kLogStartHz = 1000.0;
constexpr double kLogStartMel = kLogStartHz / kHzPerMel;
constexpr double kLogStep = 1.8562979903656263 / 27.0;  // log(6.4) / 27

double mel_of(double hz) {
  return hz < kLogStartHz ? hz / kHzPerMel : kLogStartMel + std::log(hz / kLogStartHz) / kLogStep;
}

double hz_of(double mel) {
  return mel < kLogStartMel ? mel * kHzPerMel : kLogStartHz * std::exp(kLogStep * (mel - kLogStartMel));
}

/// Filter b reaches from edge b to edge b + 2 and is highest at edge b + 1.
std::vector<double> edges_hz(int sample_rate_hz, std::size_t bands) {
  std::vector<double> edges(bands + 2);
  const double highest_mel = mel_of(sample_rate_hz / 2.0);
  for (std::size_t i = 0; i < edges.size(); ++i) {
    edges[i] = hz_of(highest_mel * static_cast<double>(i) / static_cast<double>(bands + 1));
  }
  return edges;
}

}  // namespace

Matrix mel_filters(int sample_rate_hz, std::size_t fft_size, std::size_t bands) {
  const double hz_per_bin = static_cast<double>(sample_rate_hz) / static_cast<double>(fft_size);
  const std::vector<double> edges = edges_hz(sample_rate_hz, bands);
  Matrix weights(bands, fft_size / 2 + 1);
  for (std::size_t band = 0; band < bands; ++band) {
    const double low = edges[band];
    const double centre = edges[band + 1];
    const double high = edges[band + 2];
    for (auto bin = static_cast<std::size_t>(low / hz_per_bin); bin < weights.cols(); ++bin) {
      const double hz = static_cast<double>(bin) * hz_per_bin;
      if (hz > high) break;
      const double triangle = std::min((hz - low) / (centre - low), (high - hz) / (high - centre));
      weights(band, bin) = static_cast<float>(std::max(0.0, triangle) * 2.0 / (high - low));
    }
  }
  return weights;
}

std::vector<double> mel_centres_hz(int sample_rate_hz, std::size_t bands) {
  const std::vector<double> edges = edges_hz(sample_rate_hz, bands);
  return {edges.begin() + 1, edges.end() - 1};
}

}  // namespace resonance
