#include "resonance/embedding/harmony_statistics.h"

#include <algorithm>
#include <cmath>
#include <complex>

#include <Eigen/Core>
#include <unsupported/Eigen/FFT>

namespace resonance::embedding {

struct HarmonyStatistics::Transform {
  Eigen::FFT<float> fft;
};

HarmonyStatistics::HarmonyStatistics() : transform_(std::make_unique<Transform>()), columns_(kColumns) {}
HarmonyStatistics::~HarmonyStatistics() = default;

void HarmonyStatistics::push(std::span<const float> chroma) {
  for (std::size_t b = 0; b < sum_.size(); ++b) sum_[b] += chroma[b];
  if (++frames_in_sum_ == kFramesPerColumn) push_column();
}

void HarmonyStatistics::push_column() {
  const float largest = *std::max_element(sum_.begin(), sum_.end());
  Column& column = columns_[column_count_ % kColumns];
  for (std::size_t b = 0; b < sum_.size(); ++b) column[b] = largest > 0 ? sum_[b] / largest : 0.0F;
  sum_.fill(0);
  frames_in_sum_ = 0;
  ++column_count_;
  if (column_count_ >= kColumns && (column_count_ - kColumns) % kColumnHop == 0) push_patch();
}

void HarmonyStatistics::push_patch() {
  if (patch_count_++ % patch_stride_ != 0) return;
  std::vector<std::complex<float>> pitch(kChromaBins);
  std::vector<std::complex<float>> spectrum(kChromaBins);
  std::vector<std::vector<std::complex<float>>> rows(kPitchRows, std::vector<std::complex<float>>(kColumns));
  for (std::size_t t = 0; t < kColumns; ++t) {
    const Column& column = columns_[(column_count_ + t) % kColumns];
    std::copy(column.begin(), column.end(), pitch.begin());
    transform_->fft.fwd(spectrum, pitch);
    for (std::size_t k = 0; k < kPitchRows; ++k) rows[k][t] = spectrum[k];
  }
  std::vector<float> patch;
  patch.reserve(kDimensions);
  double squares = 0;
  std::vector<std::complex<float>> line(kColumns);
  for (std::vector<std::complex<float>>& row : rows) {
    transform_->fft.fwd(line, row);
    for (const std::complex<float>& value : line) {
      patch.push_back(std::sqrt(std::abs(value)));
      squares += static_cast<double>(patch.back()) * patch.back();
    }
  }
  patch[0] = 0;  // the mean is how flat the chroma is, and would outweigh all else
  if (squares < 1e-9) return;
  if (patches_.size() == kMaxPatches) {  // keep every second, and take half as many from here on
    for (std::size_t i = 0; 2 * i < patches_.size(); ++i) patches_[i] = std::move(patches_[2 * i]);
    patches_.resize(kMaxPatches / 2);
    patch_stride_ *= 2;
  }
  patches_.push_back(std::move(patch));
}

std::vector<float> HarmonyStatistics::finish() {
  if (patches_.empty()) {  // shorter than a patch: what there is, repeated
    if (frames_in_sum_ != 0 && column_count_ == 0) push_column();
    const std::size_t have = std::min(column_count_, kColumns);
    if (have == 0 || column_count_ >= kColumns) return std::vector<float>(kDimensions, 0.0F);
    for (std::size_t t = have; t < kColumns; ++t) columns_[t] = columns_[t % have];
    column_count_ = kColumns;
    patch_count_ = 0;
    push_patch();
    if (patches_.empty()) return std::vector<float>(kDimensions, 0.0F);
  }
  std::vector<float> result(kDimensions);
  std::vector<float> values(patches_.size());
  double squares = 0;
  for (std::size_t d = 0; d < kDimensions; ++d) {
    for (std::size_t i = 0; i < patches_.size(); ++i) values[i] = patches_[i][d];
    const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
    std::nth_element(values.begin(), middle, values.end());
    result[d] = *middle;
    squares += static_cast<double>(*middle) * *middle;
  }
  const double length = std::sqrt(squares / kDimensions);
  if (length > 0) {
    for (float& value : result) value = static_cast<float>(value / length);
  }
  return result;
}

}  // namespace resonance::embedding
