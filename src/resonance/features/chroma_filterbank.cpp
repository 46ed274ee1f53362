#include "resonance/features/chroma_filterbank.h"

#include "resonance/core/feature_contract.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace resonance::features {
namespace {

constexpr double kCentreOctave = 5;  // above A0
constexpr double kOctaveWidth = 2;
constexpr std::size_t kRotation = 3 * kChromaBins / 12;  // from A to C

// Chroma bins above A0 (27.5 Hz), on the track's own A.
double position_of(double hz, double tuning) {
  const double a0_hz = 27.5 * std::exp2(tuning / kChromaBins);
  return kChromaBins * std::log2(hz / a0_hz);
}

// `value` modulo the octave, in [-12, 12).
double within_octave(double value) {
  const double half = kChromaBins / 2.0;
  const double shifted = std::fmod(value + half, kChromaBins);
  return (shifted < 0 ? shifted + kChromaBins : shifted) - half;
}

}  // namespace

Matrix chroma_weights(double tuning) {
  std::array<double, kSpectrumBins + 1> positions{};
  for (std::size_t bin = 1; bin < positions.size(); ++bin) {
    positions[bin] = position_of(static_cast<double>(bin) * kSampleRateHz / kFftSize, tuning);
  }
  positions[0] = positions[1] - 1.5 * kChromaBins;  // 0 Hz has none; librosa's choice

  Matrix weights(kChromaBins, kSpectrumBins);
  for (std::size_t bin = 0; bin < kSpectrumBins; ++bin) {
    const double width = std::max(positions[bin + 1] - positions[bin], 1.0);
    std::array<double, kChromaBins> bumps{};
    double energy = 0;
    for (std::size_t chroma = 0; chroma < kChromaBins; ++chroma) {
      const double distance = within_octave(positions[bin] - static_cast<double>(chroma)) / width;
      bumps[chroma] = std::exp(-2.0 * distance * distance);
      energy += bumps[chroma] * bumps[chroma];
    }
    const double octave_distance = (positions[bin] / kChromaBins - kCentreOctave) / kOctaveWidth;
    const double gain = std::exp(-0.5 * octave_distance * octave_distance) / std::sqrt(energy);
    for (std::size_t chroma = 0; chroma < kChromaBins; ++chroma) {
      weights((chroma + kChromaBins - kRotation) % kChromaBins, bin) =
          static_cast<float>(bumps[chroma] * gain);
    }
  }
  return weights;
}

}  // namespace resonance::features
