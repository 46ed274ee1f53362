#include "resonance/features/mel_filterbank.h"

#include "resonance/core/feature_contract.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace resonance::features {
namespace {

// Linear below 1 kHz, logarithmic above: 15 mel a kilohertz, then a factor of 6.4 every 27 mel.
constexpr double kHzPerBin = static_cast<double>(kSampleRateHz) / kFftSize;
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

using Edges = std::array<double, kMelBands + 2>;

/// Filter b reaches from edge b to edge b + 2 and is highest at edge b + 1.
Edges edges_hz() {
  Edges edges{};
  const double highest_mel = mel_of(kSampleRateHz / 2.0);
  for (std::size_t i = 0; i < edges.size(); ++i) {
    edges[i] = hz_of(highest_mel * static_cast<double>(i) / (kMelBands + 1));
  }
  return edges;
}

}  // namespace

Matrix mel_weights() {
  const Edges edges = edges_hz();
  Matrix weights(kMelBands, kSpectrumBins);
  for (std::size_t band = 0; band < kMelBands; ++band) {
    const double low = edges[band];
    const double centre = edges[band + 1];
    const double high = edges[band + 2];
    for (auto bin = static_cast<std::size_t>(low / kHzPerBin); bin < kSpectrumBins; ++bin) {
      const double hz = static_cast<double>(bin) * kHzPerBin;
      if (hz > high) break;
      const double triangle = std::min((hz - low) / (centre - low), (high - hz) / (high - centre));
      weights(band, bin) = static_cast<float>(std::max(0.0, triangle) * 2.0 / (high - low));
    }
  }
  return weights;
}

std::vector<double> mel_centres_hz() {
  const Edges edges = edges_hz();
  return {edges.begin() + 1, edges.end() - 1};
}

}  // namespace resonance::features
