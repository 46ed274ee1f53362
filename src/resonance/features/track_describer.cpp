#include "resonance/features/track_describer.h"

#include "resonance/core/feature_contract.h"
#include "resonance/features/gated_loudness.h"
#include "resonance/features/key.h"
#include "resonance/features/onset_periodicity.h"
#include "resonance/features/tempo.h"

#include <cassert>
#include <cmath>
#include <cstddef>

namespace resonance::features {
namespace {

constexpr float kSilenceLufs = -70;

}  // namespace

// Each term is 0 at the median of the free recordings the project is developed with; 6 LU, twice the onsets
// or twice the brightness add 1.
float energy(float loudness_lufs, float onsets_per_second, float brightness_hz) {
  const float louder = (loudness_lufs + 18.5F) / 6;
  const float denser = std::log2((1 + onsets_per_second) / 6);
  const float brighter = std::log2((100 + brightness_hz) / 480);
  return 1 / (1 + std::exp(-(louder + denser + brighter)));
}

TrackDescriber::TrackDescriber() : pitch_peaks_(std::size_t{kPitchPeakHistograms} * kPitchPeakBins) {}

void TrackDescriber::push(const FeatureBlock& block) {
  onset_.insert(onset_.end(), block.onset.begin(), block.onset.end());
  loudness_.insert(loudness_.end(), block.loudness.begin(), block.loudness.end());
  assert(block.pitch_peaks.empty() || block.pitch_peaks.size() == pitch_peaks_.size());
  for (std::size_t i = 0; i < block.pitch_peaks.size(); ++i) pitch_peaks_[i] += block.pitch_peaks[i];
  brightness_.push(block.log_mel);
}

Description TrackDescriber::finish() const {
  const OnsetPeriodicity periodicity = onset_periodicity(onset_);
  const Tempo tempo = estimate_tempo(periodicity);
  const Key key = estimate_key(pitch_peaks_);
  Description description{.tempo_bpm = tempo.bpm,
                          .tempo_confidence = tempo.confidence,
                          .key_tonic = key.tonic,
                          .key_minor = key.minor,
                          .key_confidence = key.confidence,
                          .loudness_lufs = gated_loudness_lufs(loudness_),
                          .brightness_hz = brightness_.mean_hz(),
                          .onsets_per_second = static_cast<float>(periodicity.peaks_per_second)};
  if (description.loudness_lufs > kSilenceLufs) {
    description.energy =
        energy(description.loudness_lufs, description.onsets_per_second, description.brightness_hz);
  }
  return description;
}

}  // namespace resonance::features
