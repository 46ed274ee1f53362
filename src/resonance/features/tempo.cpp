#include "resonance/features/tempo.h"

#include "resonance/core/feature_contract.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <numeric>

namespace resonance::features {
namespace {

/// One number of the model: the periodicity at `ratio` times the hypothesis's period or frequency.
struct Term {
  double ratio;
  double weight;
};

// The weights were fitted by this project (softmax regression over the hypotheses) on MIDI files rendered at
// known tempo and on recordings of the training pool, some of them commercial, labelled where two of
// Essentia's estimators agreed. None of that music is shipped.
constexpr std::array<Term, 11> kPeriodTerms{{{1, 5.9426},
                                             {2, 5.2089},
                                             {3, -0.5233},
                                             {4, 4.7573},
                                             {6, -3.6233},
                                             {8, 2.5434},
                                             {1.0 / 2, 4.7752},
                                             {1.0 / 3, 1.5892},
                                             {3.0 / 2, 1.7137},
                                             {2.0 / 3, 4.6808},
                                             {1.0 / 4, -0.1081}}};
constexpr std::array<Term, 9> kFrequencyTerms{{{1.0 / 2, 2.9962},
                                               {1, 1.8348},
                                               {2, 2.5040},
                                               {3, 2.5643},
                                               {4, 2.6833},
                                               {3.0 / 2, -2.6718},
                                               {1.0 / 3, 10.6597},
                                               {1.0 / 4, 4.8224},
                                               {6, -4.0680}}};
/// Of octaves from a usual tempo, and from the density of onsets: linear and squared.
constexpr double kFromUsual = -0.7311;
constexpr double kFromUsualSquared = -1.0601;
constexpr double kFromDensity = -0.4750;
constexpr double kFromDensitySquared = -0.6761;
/// Of octaves beyond a tempo, 0 on its other side.
constexpr double kAbove140 = -0.9495;
constexpr double kAbove165 = -11.0737;
constexpr double kBelow80 = 0.7383;
constexpr double kBelow65 = -7.2894;

constexpr double kUsualBpm = 110;
constexpr double kLowestDensityPerMinute = 20;
constexpr std::size_t kHypotheses = 181;
constexpr double kSlowestBpm = 40;
constexpr double kHypothesesPerOctave = 70;
constexpr double kSameTempo = 0.04;
constexpr std::size_t kFewestLags = std::size_t{3} * kFramesPerSecond;

double hypothesis_bpm(std::size_t index) {
  return kSlowestBpm * std::exp2(static_cast<double>(index) / kHypothesesPerOctave);
}

/// The period of a tempo, and the tempo of a period.
double period_frames(double bpm) { return 60.0 * kFramesPerSecond / bpm; }

double octaves_beyond(double value, double edge) { return std::max(0.0, std::log2(value / edge)); }

double score(const OnsetPeriodicity& periodicity, double bpm) {
  double sum = 0;
  for (const Term& term : kPeriodTerms)
    sum += term.weight * periodicity.at_lag(term.ratio * period_frames(bpm));
  for (const Term& term : kFrequencyTerms)
    sum += term.weight * periodicity.at_frequency(term.ratio * bpm / 60);
  const double from_usual = std::log2(bpm / kUsualBpm);
  const double density = std::max(kLowestDensityPerMinute, 60 * periodicity.peaks_per_second);
  const double from_density = std::log2(bpm / density);
  sum += from_usual * (kFromUsual + kFromUsualSquared * from_usual);
  sum += from_density * (kFromDensity + kFromDensitySquared * from_density);
  sum += kAbove140 * octaves_beyond(bpm, 140) + kAbove165 * octaves_beyond(bpm, 165);
  sum += kBelow80 * octaves_beyond(80, bpm) + kBelow65 * octaves_beyond(65, bpm);
  return sum;
}

/// The hypotheses are 1 % apart. Here the mean autocorrelation at those multiples of the period that are
/// known decides between steps of 0.2 %, and a parabola between those.
double refined(const OnsetPeriodicity& periodicity, double bpm) {
  constexpr int kSteps = 8;
  constexpr double kStep = 0.002;
  const double longest_period = period_frames(bpm * (1 - kSteps * kStep));
  std::array<double, 2 * kSteps + 1> strength{};
  for (std::size_t i = 0; i < strength.size(); ++i) {
    const double period = period_frames(bpm * (1 + kStep * (static_cast<double>(i) - kSteps)));
    for (const int multiple : {1, 2, 3, 4, 6, 8}) {
      if (multiple * longest_period > static_cast<double>(periodicity.autocorrelation.size()) - 2) break;
      strength[i] += periodicity.at_lag(multiple * period);
    }
  }
  const auto best = static_cast<std::size_t>(std::ranges::max_element(strength) - strength.begin());
  double between = 0;
  if (best > 0 && best + 1 < strength.size()) {
    const double curvature = strength[best - 1] - 2 * strength[best] + strength[best + 1];
    if (curvature < -1e-12) between = 0.5 * (strength[best - 1] - strength[best + 1]) / curvature;
  }
  return bpm * (1 + kStep * (static_cast<double>(best) - kSteps + between));
}

}  // namespace

Tempo estimate_tempo(const OnsetPeriodicity& periodicity) {
  if (periodicity.autocorrelation.size() < kFewestLags) return {};
  if (periodicity.metronome_interval >
      0) {  // no metre in it, so every onset is a beat, if a tempo can be that fast
    const double bpm = period_frames(periodicity.metronome_interval);
    if (bpm >= kSlowestBpm && bpm <= hypothesis_bpm(kHypotheses - 1)) {
      return {.bpm = static_cast<float>(refined(periodicity, bpm)), .confidence = 1};
    }
  }
  std::array<double, kHypotheses> weights{};
  for (std::size_t i = 0; i < kHypotheses; ++i) weights[i] = score(periodicity, hypothesis_bpm(i));
  const auto best = static_cast<std::size_t>(std::ranges::max_element(weights) - weights.begin());
  const double highest = weights[best];
  for (double& weight : weights) weight = std::exp(weight - highest);
  const double total = std::accumulate(weights.begin(), weights.end(), 0.0);
  const double bpm = hypothesis_bpm(best);
  double near = 0;
  for (std::size_t i = 0; i < kHypotheses; ++i) {
    if (std::abs(hypothesis_bpm(i) / bpm - 1) < kSameTempo) near += weights[i];
  }
  return {.bpm = static_cast<float>(refined(periodicity, bpm)),
          .confidence = static_cast<float>(std::clamp(near / total, 0.0, 1.0))};
}

}  // namespace resonance::features
