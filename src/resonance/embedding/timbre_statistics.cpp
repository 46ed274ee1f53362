#include "resonance/embedding/timbre_statistics.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace resonance::embedding {
namespace {

constexpr std::size_t kBandsPooled = 4;
constexpr std::size_t kBands = kMelBands / kBandsPooled;
constexpr float kSilenceDb = -50;  // loudest band of a frame that is heard at all
constexpr float kDynamicsDb = 70;  // below the frame's loudest band nothing is heard

}  // namespace

TimbreStatistics::TimbreStatistics() : basis_(kCoefficients * kBands) {
  for (std::size_t k = 0; k < kCoefficients; ++k) {  // orthonormal DCT-II
    const double gain = std::sqrt((k == 0 ? 1.0 : 2.0) / kBands);
    for (std::size_t b = 0; b < kBands; ++b) {
      const double phase =
          std::numbers::pi * static_cast<double>(k) * (static_cast<double>(b) + 0.5) / kBands;
      basis_[k * kBands + b] = static_cast<float>(gain * std::cos(phase));
    }
  }
}

void TimbreStatistics::push(std::span<const float> log_mel) {
  const float loudest = *std::max_element(log_mel.begin(), log_mel.end());
  if (!(loudest > kSilenceDb)) {
    has_previous_ = false;
    return;
  }
  const float floor = loudest - kDynamicsDb;
  std::array<float, kBands> bands{};
  for (std::size_t b = 0; b < kBands; ++b) {
    for (std::size_t i = 0; i < kBandsPooled; ++i) bands[b] += std::max(log_mel[b * kBandsPooled + i], floor);
    bands[b] /= static_cast<float>(kBandsPooled);
  }
  Cepstrum cepstrum{};
  for (std::size_t k = 0; k < kCoefficients; ++k) {
    for (std::size_t b = 0; b < kBands; ++b) cepstrum[k] += basis_[k * kBands + b] * bands[b];
  }
  ++frames_;
  for (std::size_t i = 0; i < kCoefficients; ++i) {
    sum_[i] += cepstrum[i];
    for (std::size_t j = 0; j <= i; ++j) {
      products_[i * kCoefficients + j] += static_cast<double>(cepstrum[i]) * static_cast<double>(cepstrum[j]);
    }
  }
  if (has_previous_) {
    ++steps_;
    for (std::size_t i = 0; i < kCoefficients; ++i) {
      const double step = static_cast<double>(cepstrum[i]) - static_cast<double>(previous_[i]);
      step_squares_[i] += step * step;
    }
  }
  previous_ = cepstrum;
  has_previous_ = true;
}

std::vector<float> TimbreStatistics::finish() const {
  std::vector<float> result;
  result.reserve(kDimensions);
  if (frames_ == 0) return std::vector<float>(kDimensions, 0.0F);
  const auto n = static_cast<double>(frames_);
  constexpr double kLeastVariance = 1e-3;  // dB^2: a tone that never changes has no infinite log-deviation
  std::array<double, kCoefficients> deviation{};
  for (std::size_t i = 0; i < kCoefficients; ++i) {
    const double mean = sum_[i] / n;
    const double variance = products_[i * kCoefficients + i] / n - mean * mean;
    deviation[i] = std::sqrt(std::max(variance, 0.0) + kLeastVariance);
    if (i > 0) result.push_back(static_cast<float>(mean));
  }
  for (const double value : deviation) result.push_back(static_cast<float>(std::log(value)));
  for (std::size_t i = 0; i < kCoefficients; ++i) {
    const double variance = steps_ == 0 ? 0.0 : step_squares_[i] / static_cast<double>(steps_);
    result.push_back(static_cast<float>(0.5 * std::log(variance + kLeastVariance)));
  }
  for (std::size_t i = 0; i < kCoefficients; ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      const double covariance = products_[i * kCoefficients + j] / n - sum_[i] / n * (sum_[j] / n);
      result.push_back(static_cast<float>(covariance / (deviation[i] * deviation[j])));
    }
  }
  return result;
}

}  // namespace resonance::embedding
