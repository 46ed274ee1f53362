#include "resonance/features/key.h"

#include "resonance/core/feature_contract.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <cmath>
#include <complex>
#include <cstddef>
#include <numbers>
#include <numeric>

namespace resonance::features {
namespace {

constexpr std::size_t kPitchClasses = 12;
constexpr std::size_t kBinsPerClass = kPitchPeakBins / kPitchClasses;
using PitchClasses = std::array<double, kPitchClasses>;

// Profiles of the keys on C. Fitted by this project (softmax regression over the keys, held near Albrecht &
// Shanahan's) on MIDI files rendered in known keys and on recordings of the training pool, some of them
// commercial, labelled where four of Essentia's key profiles agreed. None of that music is shipped.
constexpr PitchClasses kMajorProfile{9.1261,  -3.9473, 0.5743,  -3.6821, 3.0216,  1.1881,
                                     -3.9254, 6.7201,  -3.6044, -0.6153, -4.1344, -0.7213};
constexpr PitchClasses kMinorProfile{8.5864,  -4.4644, 0.2657,  3.6543,  -4.4554, 1.4911,
                                     -4.3523, 6.6091,  -0.2540, -4.8845, -0.5237, -1.6722};
constexpr double kMinorBias = -0.3297;

// The third partial lies a fifth above its note, the fifth a major third, octaves apart.
constexpr double kThirdPartial = 0.4;
constexpr double kFifthPartial = 0.2;

/// How far the notes lie above A4 = 440 Hz: the circular mean of the bins within their semitones.
/// @return in bins, -5 to 5
int tuning_bins(std::span<const double> histogram) {
  std::complex<double> sum = 0;
  for (std::size_t bin = 0; bin < histogram.size(); ++bin) {
    sum += std::polar(histogram[bin], 2 * std::numbers::pi * static_cast<double>(bin) / kBinsPerClass);
  }
  return static_cast<int>(std::nearbyint(std::arg(sum) / (2 * std::numbers::pi) * kBinsPerClass));
}

/// Bins to pitch classes: triangles of a semitone's half width around the tuned notes. Sum 1, or all 0.
PitchClasses folded(std::span<const double> histogram) {
  constexpr int kReach = kBinsPerClass / 2;
  const int tuning = tuning_bins(histogram);
  PitchClasses classes{};
  for (std::size_t pitch = 0; pitch < kPitchClasses; ++pitch) {
    for (int offset = -kReach + 1; offset < kReach; ++offset) {
      const int bin = static_cast<int>(pitch * kBinsPerClass) + kPitchPeakBins + tuning + offset;
      classes[pitch] += (1 - std::abs(offset) / static_cast<double>(kReach)) *
                        histogram[static_cast<std::size_t>(bin % kPitchPeakBins)];
    }
  }
  const double sum = std::accumulate(classes.begin(), classes.end(), 0.0);
  for (double& value : classes) value /= std::max(sum, 1e-9);
  return classes;
}

PitchClasses with_fundamentals(const PitchClasses& classes) {
  PitchClasses result{};
  for (std::size_t pitch = 0; pitch < kPitchClasses; ++pitch) {
    result[pitch] = classes[pitch] + kThirdPartial * classes[(pitch + 7) % kPitchClasses] +
                    kFifthPartial * classes[(pitch + 4) % kPitchClasses];
  }
  return result;
}

/// Mean 0 and length 1; all 0 if the classes are equal.
PitchClasses normalised(PitchClasses classes) {
  const double mean = std::accumulate(classes.begin(), classes.end(), 0.0) / kPitchClasses;
  double energy = 0;
  for (double& value : classes) {
    value -= mean;
    energy += value * value;
  }
  const double length = std::sqrt(energy);
  for (double& value : classes) value = length > 1e-9 ? value / length : 0;
  return classes;
}

double correlation(const PitchClasses& classes, const PitchClasses& profile, std::size_t tonic) {
  double sum = 0;
  for (std::size_t i = 0; i < kPitchClasses; ++i) sum += classes[(i + tonic) % kPitchClasses] * profile[i];
  return sum;
}

}  // namespace

Key estimate_key(std::span<const double> pitch_peaks) {
  assert(pitch_peaks.size() == kPitchPeakHistograms * kPitchPeakBins);
  PitchClasses sum{};
  for (std::size_t start = 0; start < pitch_peaks.size(); start += kPitchPeakBins) {
    const PitchClasses classes = folded(pitch_peaks.subspan(start, kPitchPeakBins));
    for (std::size_t pitch = 0; pitch < kPitchClasses; ++pitch) sum[pitch] += classes[pitch];
  }
  const double total = std::accumulate(sum.begin(), sum.end(), 0.0);
  for (double& value : sum) value /= std::max(total, 1e-9);

  const PitchClasses classes = normalised(with_fundamentals(sum));
  if (std::ranges::all_of(classes, [](double value) { return value == 0; })) return {};
  std::array<double, 2 * kPitchClasses> scores{};
  for (std::size_t tonic = 0; tonic < kPitchClasses; ++tonic) {
    scores[tonic] = correlation(classes, kMajorProfile, tonic);
    scores[tonic + kPitchClasses] = correlation(classes, kMinorProfile, tonic) + kMinorBias;
  }
  const auto best = static_cast<std::size_t>(std::ranges::max_element(scores) - scores.begin());
  double weight = 0;
  for (const double score : scores) weight += std::exp(score - scores[best]);
  return {.tonic = static_cast<int>(best % kPitchClasses),
          .minor = best >= kPitchClasses,
          .confidence = static_cast<float>(1 / weight)};
}

}  // namespace resonance::features
