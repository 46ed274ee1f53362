#include "resonance/embedding/harmony_statistics.h"

#include <algorithm>
#include <cmath>
#include <cstddef>

#include <unsupported/Eigen/FFT>

namespace resonance::embedding {

struct HarmonyStatistics::Transform {
  Eigen::FFT<float> fft;
  std::vector<std::complex<float>> pitch = std::vector<std::complex<float>>(kChromaBins);
  std::vector<std::complex<float>> pitch_spectrum = pitch;
  std::vector<std::complex<float>> time = std::vector<std::complex<float>>(kColumns);
  std::vector<std::complex<float>> time_spectrum = time;
};

HarmonyStatistics::HarmonyStatistics()
    : transform_(std::make_unique<Transform>()), columns_(kColumns), spectra_(kColumns) {}
HarmonyStatistics::~HarmonyStatistics() = default;

void HarmonyStatistics::push(std::span<const float> chroma) {
  for (std::size_t b = 0; b < sum_.size(); ++b) sum_[b] += chroma[b];
  if (++frames_in_sum_ == kFramesPerColumn) push_column();
}

void HarmonyStatistics::push_column() {
  const float largest = *std::max_element(sum_.begin(), sum_.end());
  const std::size_t at = column_count_ % kColumns;
  Column& column = columns_[at];
  for (std::size_t b = 0; b < sum_.size(); ++b) column[b] = largest > 0 ? sum_[b] / largest : 0.0F;
  sum_.fill(0);
  frames_in_sum_ = 0;

  Transform& transform = *transform_;
  std::copy(column.begin(), column.end(), transform.pitch.begin());
  transform.fft.fwd(transform.pitch_spectrum, transform.pitch);
  std::copy_n(transform.pitch_spectrum.begin(), kPitchRows, spectra_[at].begin());

  const auto correlation = [](const Column& a, const Column& b, std::size_t interval) {
    float sum = 0;
    for (std::size_t i = interval; i < kChromaBins; ++i) sum += a[i] * b[i - interval];
    for (std::size_t i = 0; i < interval; ++i) sum += a[i] * b[i + kChromaBins - interval];
    return static_cast<double>(sum);
  };
  for (std::size_t b = 0; b < kChromaBins; ++b) mean_[b] += column[b];
  for (std::size_t i = 0; i < kIntervals; ++i) together_[i] += correlation(column, column, i);
  for (std::size_t lag = 0; lag < kColumnLags.size(); ++lag) {
    if (column_count_ < kColumnLags[lag]) continue;
    const Column& before = columns_[(column_count_ - kColumnLags[lag]) % kColumns];
    for (std::size_t i = 0; i < kChromaBins; ++i)
      followed_[lag * kChromaBins + i] += correlation(column, before, i);
  }
  ++column_count_;
  if (column_count_ >= kColumns && (column_count_ - kColumns) % kColumnHop == 0) push_patch();
}

void HarmonyStatistics::push_patch() {
  if (patch_count_++ % patch_stride_ != 0) return;
  Transform& transform = *transform_;
  std::vector<float> patch;
  patch.reserve(kPitchRows * kColumns);
  double squares = 0;
  for (std::size_t k = 0; k < kPitchRows; ++k) {
    for (std::size_t t = 0; t < kColumns; ++t)
      transform.time[t] = spectra_[(column_count_ + t) % kColumns][k];
    transform.fft.fwd(transform.time_spectrum, transform.time);
    for (const std::complex<float>& value : transform.time_spectrum) {
      patch.push_back(std::sqrt(std::sqrt(std::norm(value))));
      squares += static_cast<double>(patch.back()) * patch.back();
    }
  }
  patch[0] = 0;  // the mean says how flat the chroma is, and would outweigh all else
  if (squares < 1e-9) return;
  if (patches_.size() == kMaxPatches) {  // keep every second, and take half as many from here on
    for (std::size_t i = 1; 2 * i < patches_.size(); ++i) patches_[i] = std::move(patches_[2 * i]);
    patches_.resize(kMaxPatches / 2);
    patch_stride_ *= 2;
  }
  patches_.push_back(std::move(patch));
}

std::vector<float> HarmonyStatistics::median_patch() {
  std::vector<float> result(kPitchRows * kColumns);
  std::vector<float> values(patches_.size());
  double squares = 0;
  for (std::size_t d = 0; d < result.size(); ++d) {
    for (std::size_t i = 0; i < patches_.size(); ++i) values[i] = patches_[i][d];
    const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
    std::nth_element(values.begin(), middle, values.end());
    result[d] = *middle;
    squares += static_cast<double>(*middle) * *middle;
  }
  const double length = std::sqrt(squares / static_cast<double>(result.size()));
  for (float& value : result) value = length > 0 ? static_cast<float>(value / length) : 0.0F;
  return result;
}

std::vector<float> HarmonyStatistics::finish() {
  if (column_count_ == 0 && frames_in_sum_ != 0) push_column();
  const std::size_t heard = column_count_;
  if (heard < kColumns && heard > 0) {  // shorter than a patch: what there is, repeated
    for (std::size_t t = heard; t < kColumns; ++t) spectra_[t] = spectra_[t % heard];
    column_count_ = kColumns;
    push_patch();
  }
  if (patches_.empty()) return std::vector<float>(kDimensions, 0.0F);
  std::vector<float> result = median_patch();
  const auto columns = static_cast<double>(heard);
  for (std::size_t i = 0; i < kIntervals; ++i) {
    double sum = 0;
    for (std::size_t b = 0; b < kChromaBins; ++b) sum += mean_[b] * mean_[(b + i) % kChromaBins];
    result.push_back(static_cast<float>(sum / (columns * columns)));
  }
  for (const double value : together_) result.push_back(static_cast<float>(value / columns));
  for (std::size_t lag = 0; lag < kColumnLags.size(); ++lag) {
    const double pairs = heard > kColumnLags[lag] ? static_cast<double>(heard - kColumnLags[lag]) : 1.0;
    for (std::size_t i = 0; i < kChromaBins; ++i) {
      result.push_back(static_cast<float>(followed_[lag * kChromaBins + i] / pairs));
    }
  }
  return result;
}

}  // namespace resonance::embedding
