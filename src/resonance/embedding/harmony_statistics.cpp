#include "resonance/embedding/harmony_statistics.h"

#include <algorithm>
#include <cmath>
#include <cstddef>

#include <unsupported/Eigen/FFT>

namespace resonance::embedding {
namespace {

constexpr std::size_t kHalf = HarmonyStatistics::kColumns / 2;

/// What each frequency over time, 1 to kHalf cycles a patch, counts for in each band: bells of equal width on
/// a logarithmic scale, each of sum one.
using BandWeights = std::array<std::array<float, kHalf>, HarmonyStatistics::kBands>;

BandWeights band_weights() {
  const double lowest = std::log(HarmonyStatistics::kLowestCycles);
  const double step = (std::log(HarmonyStatistics::kHighestCycles) - lowest) /
                      static_cast<double>(HarmonyStatistics::kBands - 1);
  BandWeights weights{};
  for (std::size_t band = 0; band < weights.size(); ++band) {
    double sum = 0;
    std::array<double, kHalf> bell{};
    for (std::size_t i = 0; i < kHalf; ++i) {
      const double away = std::log(static_cast<double>(i + 1)) - (lowest + static_cast<double>(band) * step);
      bell[i] = std::exp(-0.5 * std::pow(away / HarmonyStatistics::kBandWidth, 2));
      sum += bell[i];
    }
    for (std::size_t i = 0; i < kHalf; ++i) weights[band][i] = static_cast<float>(bell[i] / sum);
  }
  return weights;
}

}  // namespace

struct HarmonyStatistics::Transform {
  Eigen::FFT<float> fft;
  std::vector<std::complex<float>> pitch = std::vector<std::complex<float>>(kChromaBins);
  std::vector<std::complex<float>> pitch_spectrum = pitch;
  std::vector<std::complex<float>> time = std::vector<std::complex<float>>(kColumns);
  std::vector<std::complex<float>> time_spectrum = time;
  BandWeights weights = band_weights();
};

HarmonyStatistics::HarmonyStatistics() : transform_(std::make_unique<Transform>()), spectra_(kColumns) {}
HarmonyStatistics::~HarmonyStatistics() = default;

void HarmonyStatistics::push(std::span<const float> chroma) {
  for (std::size_t b = 0; b < sum_.size(); ++b) sum_[b] += chroma[b];
  if (++frames_in_sum_ == kFramesPerColumn) push_column();
}

void HarmonyStatistics::push_column() {
  Transform& transform = *transform_;
  const float largest = *std::max_element(sum_.begin(), sum_.end());
  for (std::size_t b = 0; b < sum_.size(); ++b) transform.pitch[b] = largest > 0 ? sum_[b] / largest : 0.0F;
  transform.fft.fwd(transform.pitch_spectrum, transform.pitch);
  std::copy_n(transform.pitch_spectrum.begin(), kPitchRows, spectra_[column_count_ % kColumns].begin());
  sum_.fill(0);
  frames_in_sum_ = 0;
  ++column_count_;
  if (column_count_ >= kColumns && (column_count_ - kColumns) % kColumnHop == 0) push_patch();
}

void HarmonyStatistics::push_patch() {
  Transform& transform = *transform_;
  std::array<float, kColumns> power{};
  for (std::size_t row = 0; row < kPitchRows; ++row) {
    for (std::size_t t = 0; t < kColumns; ++t)
      transform.time[t] = spectra_[(column_count_ + t) % kColumns][row];
    transform.fft.fwd(transform.time_spectrum, transform.time);
    for (std::size_t t = 0; t < kColumns; ++t) power[t] = std::norm(transform.time_spectrum[t]);
    for (std::size_t band = 0; band < kBands; ++band) {
      float positive = 0;
      float negative = 0;
      for (std::size_t i = 0; i < kHalf; ++i) {
        const float weight = transform.weights[band][i];
        positive += i + 1 < kHalf ? weight * power[i + 1] : 0.0F;  // the highest has one sign only
        negative += weight * power[kColumns - 1 - i];
      }
      patches_[row * kRowDimensions + band] += std::sqrt(std::sqrt(positive));
      patches_[row * kRowDimensions + kBands + band] += std::sqrt(std::sqrt(negative));
    }
    if (row > 0) {
      patches_[kPitchRows * kRowDimensions + row - 1] +=
          std::sqrt(std::sqrt(power[0]) / static_cast<float>(kColumns));
    }
  }
}

std::vector<float> HarmonyStatistics::finish() {
  if (column_count_ == 0 && frames_in_sum_ != 0) push_column();
  const std::size_t heard = column_count_;
  if (heard < kColumns && heard > 0) {  // shorter than a patch: what there is, repeated
    for (std::size_t t = heard; t < kColumns; ++t) spectra_[t] = spectra_[t % heard];
    column_count_ = kColumns;
    push_patch();
  }
  double squares = 0;
  for (const double value : patches_) squares += value * value;
  const double length = std::sqrt(squares / static_cast<double>(kDimensions));
  std::vector<float> result;
  result.reserve(kDimensions);
  for (const double value : patches_)
    result.push_back(length > 0 ? static_cast<float>(value / length) : 0.0F);
  return result;
}

}  // namespace resonance::embedding
