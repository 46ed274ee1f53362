#include "resonance/embedding/rhythm_statistics.h"

#include <algorithm>
#include <cmath>
#include <complex>
#include <numbers>

#include <unsupported/Eigen/FFT>

namespace resonance::embedding {
namespace {

constexpr double kSlowestHz = 0.4;
constexpr double kFastestHz = 20;
constexpr float kLeastModulation = 0.1F;  // dB^2: what is below is noise
constexpr double kFirstLag = 6;           // 0.12 s
constexpr std::array<float, RhythmStatistics::kOnsetLevels> kOnsetLevelsDb{0.25F, 0.5F, 1, 1.5F, 2, 3,
                                                                           4,     5,    6, 8,    12};

}  // namespace

struct RhythmStatistics::Transform {
  static constexpr std::size_t kBins = kWindow / 2 + 1;

  Eigen::FFT<float> fft;
  std::vector<float> window;                       ///< Hann
  std::array<std::vector<float>, kRates> weights;  ///< over kBins, sum 1: triangles on a logarithmic axis
  std::vector<std::complex<float>> signal;
  std::vector<std::complex<float>> spectrum;

  Transform() : window(kWindow), signal(kWindow), spectrum(kWindow) {
    for (std::size_t t = 0; t < kWindow; ++t) {
      window[t] = static_cast<float>(0.5 - 0.5 * std::cos(2 * std::numbers::pi * static_cast<double>(t) /
                                                          static_cast<double>(kWindow - 1)));
    }
    const double step = std::log(kFastestHz / kSlowestHz) / kRates;
    for (std::size_t r = 0; r < kRates; ++r) {
      weights[r].resize(kBins);
      const double centre = std::log(kSlowestHz) + (static_cast<double>(r) + 0.5) * step;
      double sum = 0;
      for (std::size_t k = 1; k < kBins; ++k) {
        const double rate =
            std::log(static_cast<double>(k) * kFramesPerSecond / static_cast<double>(kWindow));
        weights[r][k] = static_cast<float>(std::max(0.0, 1 - std::abs(rate - centre) / step));
        sum += weights[r][k];
      }
      for (float& weight : weights[r]) weight = static_cast<float>(weight / std::max(sum, 1e-9));
    }
  }
};

RhythmStatistics::RhythmStatistics() : transform_(std::make_unique<Transform>()), ring_(kWindow) {
  for (std::size_t i = 0; i <= kLagBands; ++i) {
    const double share = static_cast<double>(i) / kLagBands;
    edges_[i] =
        static_cast<std::size_t>(std::lround(kFirstLag * std::pow(kTempogramLags / kFirstLag, share)));
    if (i > 0) edges_[i] = std::max(edges_[i], edges_[i - 1] + 1);
  }
}

RhythmStatistics::~RhythmStatistics() = default;

void RhythmStatistics::push(std::span<const float> tempogram, float onset) {
  ++frames_;
  onset_sum_ += onset;
  onset_squares_ += static_cast<double>(onset) * onset;
  for (std::size_t i = 0; i < kOnsetLevels; ++i) onsets_above_[i] += onset > kOnsetLevelsDb[i] ? 1 : 0;
  for (std::size_t i = 0; i < kLagBands; ++i) {
    float sum = 0;
    for (std::size_t lag = edges_[i]; lag < edges_[i + 1]; ++lag) sum += tempogram[lag];
    const double mean = sum / static_cast<float>(edges_[i + 1] - edges_[i]);
    lag_sum_[i] += mean;
    lag_squares_[i] += mean * mean;
  }
}

void RhythmStatistics::push(const HeardBands& bands) {
  std::array<float, kBands>& row = ring_[heard_ % kWindow];
  for (std::size_t b = 0; b < kBands; ++b) row[b] = (bands[2 * b] + bands[2 * b + 1]) / 2;
  ++heard_;
  if (heard_ >= kWindow && (heard_ - kWindow) % kWindowHop == 0) push_window();
}

void RhythmStatistics::push_window() {
  Transform& transform = *transform_;
  std::array<float, kBands> mean{};
  for (const std::array<float, kBands>& row : ring_) {
    for (std::size_t b = 0; b < kBands; ++b) mean[b] += row[b];
  }
  for (float& value : mean) value /= static_cast<float>(kWindow);
  std::array<std::array<float, Transform::kBins>, 2> power{};
  for (std::size_t b = 0; b < kBands; b += 2) {  // two real bands are one complex transform
    for (std::size_t t = 0; t < kWindow; ++t) {
      const std::array<float, kBands>& row = ring_[(heard_ + t) % kWindow];
      transform.signal[t] = {(row[b] - mean[b]) * transform.window[t],
                             (row[b + 1] - mean[b + 1]) * transform.window[t]};
    }
    transform.fft.fwd(transform.spectrum, transform.signal);
    for (std::size_t k = 0; k < Transform::kBins; ++k) {
      const std::complex<float> here = transform.spectrum[k];
      const std::complex<float> mirror = std::conj(transform.spectrum[(kWindow - k) % kWindow]);
      power[0][k] = std::norm(here + mirror) / 4;
      power[1][k] = std::norm(here - mirror) / 4;
    }
    for (std::size_t half = 0; half < 2; ++half) {
      for (std::size_t r = 0; r < kRates; ++r) {
        float sum = 0;
        for (std::size_t k = 1; k < Transform::kBins; ++k) sum += transform.weights[r][k] * power[half][k];
        modulation_sum_[(b + half) * kRates + r] += std::log(sum + kLeastModulation);
      }
    }
  }
  ++windows_;
}

std::vector<float> RhythmStatistics::finish() {
  if (heard_ == 0) return std::vector<float>(kDimensions, 0.0F);
  if (windows_ == 0) {  // shorter than a window: what there is, repeated
    for (std::size_t t = heard_; t < kWindow; ++t) ring_[t] = ring_[t % heard_];
    heard_ = kWindow;
    push_window();
  }
  std::vector<float> result;
  result.reserve(kDimensions);
  for (const double value : modulation_sum_)
    result.push_back(static_cast<float>(value / static_cast<double>(windows_)));
  const auto frames = static_cast<double>(frames_);
  for (const double value : lag_sum_) result.push_back(static_cast<float>(value / frames));
  for (std::size_t i = 0; i < kLagBands; ++i) {
    const double mean = lag_sum_[i] / frames;
    result.push_back(static_cast<float>(std::sqrt(std::max(lag_squares_[i] / frames - mean * mean, 0.0))));
  }
  const double mean = onset_sum_ / frames;
  result.push_back(static_cast<float>(std::log1p(mean)));
  result.push_back(
      static_cast<float>(std::log1p(std::sqrt(std::max(onset_squares_ / frames - mean * mean, 0.0)))));
  for (const std::size_t count : onsets_above_)
    result.push_back(static_cast<float>(static_cast<double>(count) / frames));
  return result;
}

}  // namespace resonance::embedding
