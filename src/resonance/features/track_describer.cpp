#include "resonance/features/track_describer.h"

#include <algorithm>
#include <cmath>
#include <cstddef>

#include "resonance/core/feature_contract.h"
#include "resonance/features/gated_loudness.h"

namespace resonance::features {
namespace {

/// Slaney's mel scale: linear to 1 kHz, logarithmic above (Auditory Toolbox, 1998).
double slaney_mel_to_hz(double mel) {
  constexpr double kHzPerMel = 200.0 / 3;
  constexpr double kBreakMel = 15;
  if (mel < kBreakMel) return mel * kHzPerMel;
  return 1000.0 * std::exp((mel - kBreakMel) * std::log(6.4) / 27.0);
}

double slaney_hz_to_mel(double hz) { return hz < 1000 ? hz * 3 / 200 : 15 + std::log(hz / 1000) * 27 / std::log(6.4); }

/// Edge frequencies of band b are edges[b] and edges[b + 2], its centre edges[b + 1].
std::vector<double> band_edges_hz() {
  const double top = slaney_hz_to_mel(kSampleRateHz / 2.0);
  std::vector<double> edges(kMelBands + 2);
  for (std::size_t i = 0; i < edges.size(); ++i) {
    edges[i] = slaney_mel_to_hz(top * static_cast<double>(i) / static_cast<double>(edges.size() - 1));
  }
  return edges;
}

/// Spectral centroid of the time-averaged mel power. The area norm makes bands densities, hence the bandwidth.
float brightness_hz(const std::vector<double>& mel_power) {
  static const std::vector<double> kEdges = band_edges_hz();
  double weighted = 0;
  double total = 0;
  for (std::size_t b = 0; b < mel_power.size(); ++b) {
    const double power = mel_power[b] * (kEdges[b + 2] - kEdges[b]);
    weighted += power * kEdges[b + 1];
    total += power;
  }
  return total > 0 ? static_cast<float>(weighted / total) : 0;
}

}  // namespace

TrackDescriber::TrackDescriber() : mel_power_(kMelBands), tempogram_(kTempogramLags) {}

void TrackDescriber::push(const FeatureBlock& block) {
  onset_.insert(onset_.end(), block.onset.begin(), block.onset.end());
  loudness_.insert(loudness_.end(), block.loudness.begin(), block.loudness.end());
  for (std::size_t t = 0; t < block.frames(); ++t) {
    const auto mel = block.log_mel.row(t);
    for (std::size_t b = 0; b < mel.size(); ++b) mel_power_[b] += std::exp(mel[b] * 0.2302585093F);
    const auto lags = block.tempogram.row(t);
    for (std::size_t lag = 0; lag < lags.size(); ++lag) tempogram_[lag] += lags[lag];
  }
}

Description TrackDescriber::finish() const {
  Description description;
  description.loudness_lufs = gated_loudness_lufs(loudness_);
  description.brightness_hz = brightness_hz(mel_power_);
  return description;
}

}  // namespace resonance::features
