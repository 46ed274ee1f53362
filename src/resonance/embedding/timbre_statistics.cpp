#include "resonance/embedding/timbre_statistics.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <numeric>

namespace resonance::embedding {
namespace {

constexpr double kCepstrumUnitDb = 10;  // of the Gaussian's matrix: of the order of a coefficient's deviation
constexpr std::size_t kChangeLag = 5;   // frames
constexpr std::size_t kPatternFrames = 10;
constexpr std::size_t kRiseLag = 3;  // frames
constexpr std::size_t kRiseFrames = 25;
constexpr std::size_t kBlockHop = 5;
// Which of a block's sorted values are kept, as shares from the smallest (0) to the largest (1).
constexpr std::array<double, TimbreStatistics::kPatternLevels> kPatternShares{0, 0.23, 0.56, 0.78, 1};
constexpr std::array<double, TimbreStatistics::kRiseLevels> kRiseShares{0.5, 0.67, 0.83, 0.92, 0.96, 1};

/// Sorts `count` rows band by band: Batcher's odd-even merge sort (Knuth, The Art of Computer
/// Programming 5.2.2, algorithm M). A network compares whole rows, which compilers vectorise.
template <std::size_t Size>
void sort_rows(std::array<HeardBands, Size>& rows, std::size_t count) {
  std::size_t top = 1;
  while (2 * top < count) top *= 2;
  for (std::size_t p = top; p > 0; p /= 2) {
    std::size_t q = top;
    std::size_t r = 0;
    std::size_t d = p;
    while (true) {
      for (std::size_t i = 0; i + d < count; ++i) {
        if ((i & p) != r) continue;
        HeardBands& a = rows[i];
        HeardBands& b = rows[i + d];
        for (std::size_t band = 0; band < kHeardBands; ++band) {
          const float low = b[band] < a[band] ? b[band] : a[band];
          const float high = b[band] < a[band] ? a[band] : b[band];
          a[band] = low;
          b[band] = high;
        }
      }
      if (q == p) break;
      d = q - p;
      q /= 2;
      r = p;
    }
  }
}

template <std::size_t Size, std::size_t Levels>
void add_levels(const std::array<HeardBands, Size>& sorted, std::size_t count,
                const std::array<double, Levels>& shares, std::array<double, Levels * kHeardBands>& sum) {
  for (std::size_t level = 0; level < Levels; ++level) {
    const auto row = static_cast<std::size_t>(std::lround(shares[level] * static_cast<double>(count - 1)));
    for (std::size_t band = 0; band < kHeardBands; ++band)
      sum[level * kHeardBands + band] += sorted[row][band];
  }
}

}  // namespace

TimbreStatistics::TimbreStatistics() : basis_(kHeardBands * Moments::kSize) {
  for (std::size_t k = 0; k < Moments::kSize; ++k) {  // orthonormal DCT-II
    const double gain = std::sqrt((k == 0 ? 1.0 : 2.0) / kHeardBands);
    for (std::size_t b = 0; b < kHeardBands; ++b) {
      const double phase =
          std::numbers::pi * static_cast<double>(k) * (static_cast<double>(b) + 0.5) / kHeardBands;
      basis_[b * Moments::kSize + k] = static_cast<float>(gain * std::cos(phase));
    }
  }
}

void TimbreStatistics::push(const HeardBands& bands) {
  const std::size_t at = frames_ % kRing;
  bands_[at] = bands;
  Moments::Vector cepstrum{};
  for (std::size_t b = 0; b < kHeardBands; ++b) {
    for (std::size_t k = 0; k < Moments::kSize; ++k) cepstrum[k] += basis_[b * Moments::kSize + k] * bands[b];
  }
  cepstra_[at] = cepstrum;
  cepstrum_.push(cepstrum);
  if (frames_ >= kChangeLag) {
    const Moments::Vector& before = cepstra_[(frames_ - kChangeLag) % kRing];
    Moments::Vector change{};
    for (std::size_t k = 0; k < Moments::kSize; ++k) change[k] = cepstrum[k] - before[k];
    change_.push(change);
  }
  if (frames_ >= kRiseLag) {
    const HeardBands& before = bands_[(frames_ - kRiseLag) % kRing];
    for (std::size_t b = 0; b < kHeardBands; ++b) {
      const float rise = bands[b] - before[b];
      rises_[at][b] = rise > 0 ? rise : 0.0F;
    }
  }
  ++frames_;
  if (frames_ >= kPatternFrames && (frames_ - kPatternFrames) % kBlockHop == 0) push_pattern(kPatternFrames);
  if (frames_ >= kRiseFrames + kRiseLag && (frames_ - kRiseFrames - kRiseLag) % kBlockHop == 0)
    push_rises(kRiseFrames);
}

void TimbreStatistics::push_pattern(std::size_t frames) {
  std::array<HeardBands, kPatternFrames> rows;
  for (std::size_t i = 0; i < frames; ++i) rows[i] = bands_[(frames_ - frames + i) % kRing];
  sort_rows(rows, frames);
  add_levels(rows, frames, kPatternShares, pattern_sum_);
  ++patterns_;
}

void TimbreStatistics::push_rises(std::size_t frames) {
  std::array<HeardBands, kRiseFrames> rows;
  for (std::size_t i = 0; i < frames; ++i) rows[i] = rises_[(frames_ - frames + i) % kRing];
  sort_rows(rows, frames);
  add_levels(rows, frames, kRiseShares, rise_sum_);
  ++rise_patterns_;
}

std::vector<float> TimbreStatistics::finish() {
  if (frames_ == 0) return std::vector<float>(kDimensions, 0.0F);
  if (patterns_ == 0) push_pattern(frames_);
  if (rise_patterns_ == 0 && frames_ > kRiseLag) push_rises(std::min(frames_ - kRiseLag, kRiseFrames));
  std::vector<float> result = cepstrum_.log_gaussian(kCepstrumUnitDb);
  const std::vector<float> change = change_.log_covariance();
  result.insert(result.end(), change.begin(), change.end());
  const double level = std::accumulate(pattern_sum_.begin(), pattern_sum_.end(), 0.0) /
                       static_cast<double>(pattern_sum_.size());
  for (const double value : pattern_sum_) {
    result.push_back(static_cast<float>((value - level) / static_cast<double>(patterns_)));
  }
  for (const double value : rise_sum_) {
    result.push_back(
        static_cast<float>(value / static_cast<double>(std::max<std::size_t>(rise_patterns_, 1))));
  }
  return result;
}

}  // namespace resonance::embedding
