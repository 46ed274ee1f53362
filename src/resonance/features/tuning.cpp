#include "resonance/features/tuning.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cassert>
#include <cmath>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "resonance/features/tuning.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace resonance::features::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

// Indices into the tile of the local maxima between two bins that pass the threshold. librosa zeroes what
// does not pass before it looks for maxima: the same, as a maximum passes itself.
std::size_t find_peaks(const float* power, std::size_t first_bin, std::size_t last_bin, float threshold,
                       std::uint16_t* peaks) {
  const hn::CappedTag<float, 16> d;
  std::size_t count = 0;
  for (std::size_t lane = 0; lane < kTileFrames; lane += hn::Lanes(d)) {
    auto even = hn::Zero(d);
    auto odd = hn::Zero(d);
    for (std::size_t bin = 0; bin + 1 < kBins; bin += 2) {
      even = hn::Max(even, hn::Load(d, power + bin * kTileFrames + lane));
      odd = hn::Max(odd, hn::Load(d, power + (bin + 1) * kTileFrames + lane));
    }
    static_assert(kBins % 2 == 1);
    const auto loudest = hn::Max(hn::Max(even, odd), hn::Load(d, power + (kBins - 1) * kTileFrames + lane));
    const auto reference = hn::Mul(loudest, hn::Set(d, threshold));
    auto below = hn::Load(d, power + (first_bin - 1) * kTileFrames + lane);
    auto here = hn::Load(d, power + first_bin * kTileFrames + lane);
    for (std::size_t bin = first_bin; bin <= last_bin; ++bin) {
      const auto above = hn::Load(d, power + (bin + 1) * kTileFrames + lane);
      const auto is_peak =
          hn::And(hn::And(hn::Gt(here, reference), hn::Gt(here, below)), hn::Ge(here, above));
      if (!hn::AllFalse(d, is_peak)) {
        std::uint8_t bytes[8] = {};
        hn::StoreMaskBits(d, is_peak, bytes);
        for (unsigned bits = bytes[0] + 256U * bytes[1]; bits != 0; bits &= bits - 1) {
          const auto frame = lane + static_cast<std::size_t>(std::countr_zero(bits));
          peaks[count++] = static_cast<std::uint16_t>(bin * kTileFrames + frame);
        }
      }
      below = here;
      here = above;
    }
  }
  return count;
}

}  // namespace resonance::features::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace resonance::features {
namespace {

HWY_EXPORT(find_peaks);

constexpr double kLowestHz = 150;
constexpr double kHighestHz = 4000;
constexpr float kThreshold = 0.1F;  // of the frame's maximum
constexpr double kHzPerBin = static_cast<double>(kSampleRateHz) / kFftSize;
constexpr auto kFirstBin = static_cast<std::size_t>(kLowestHz / kHzPerBin) + 1;
constexpr auto kLastBin = static_cast<std::size_t>(kHighestHz / kHzPerBin);
constexpr std::size_t kClasses = 100;  // of one hundredth of a chroma bin

std::size_t deviation_class(float hz) {
  constexpr float kA0Hz = 27.5F;
  float deviation = kChromaBins * std::log2(hz / kA0Hz);
  deviation -= std::floor(deviation);
  if (deviation >= 0.5F) deviation -= 1;
  const double position = (static_cast<double>(deviation) + 0.5) * kClasses;
  return std::min(static_cast<std::size_t>(position), kClasses - 1);
}

}  // namespace

void TuningEstimator::push(std::span<const float> power, std::size_t frames) {
  assert(power.size() == kTileSize);
  std::array<std::uint16_t, (kLastBin - kFirstBin + 1) * kTileFrames> peaks{};
  const std::size_t count =
      HWY_DYNAMIC_DISPATCH(find_peaks)(power.data(), kFirstBin, kLastBin, kThreshold, peaks.data());
  for (const std::size_t peak : std::span(peaks).first(count)) {
    if (peak % kTileFrames < frames)
      add(peak / kTileFrames, power[peak - kTileFrames], power[peak], power[peak + kTileFrames]);
  }
}

// The vertex of the parabola through a peak and its neighbours.
void TuningEstimator::add(std::size_t bin, float below, float peak, float above) {
  const double curvature = static_cast<double>(above) + below - 2.0 * peak;
  const double slope = (static_cast<double>(above) - below) / 2;
  const double shift = std::abs(slope) >= std::abs(curvature) ? 0 : -slope / curvature;
  const double hz = (static_cast<double>(bin) + shift) * kHzPerBin;
  magnitudes_.push_back(peak + static_cast<float>(0.5 * slope * shift));
  classes_.push_back(static_cast<std::uint8_t>(deviation_class(static_cast<float>(hz))));
}

void TuningEstimator::reset() {
  magnitudes_.clear();
  classes_.clear();
}

double TuningEstimator::estimate() const {
  if (magnitudes_.empty()) return 0;
  std::vector<float> sorted = magnitudes_;
  const auto middle = sorted.begin() + static_cast<std::ptrdiff_t>(sorted.size() / 2);
  std::ranges::nth_element(sorted, middle);
  float median = *middle;
  if (sorted.size() % 2 == 0) median = (median + *std::max_element(sorted.begin(), middle)) / 2;
  std::array<std::size_t, kClasses> counts{};
  for (std::size_t i = 0; i < classes_.size(); ++i) {
    if (magnitudes_[i] >= median) ++counts[classes_[i]];
  }
  const auto fullest = std::ranges::max_element(counts) - counts.begin();
  return static_cast<double>(fullest) / kClasses - 0.5;
}

}  // namespace resonance::features
#endif  // HWY_ONCE
