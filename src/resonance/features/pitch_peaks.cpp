#include "resonance/features/pitch_peaks.h"

#include "resonance/core/feature_contract.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cassert>
#include <cmath>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "resonance/features/pitch_peaks.cpp"
// foreach_target.h goes first.
// clang-format off
#include <hwy/foreach_target.h>
#include <hwy/highway.h>
// clang-format on

#ifndef RESONANCE_FEATURES_PITCH_PEAKS_ONCE
#define RESONANCE_FEATURES_PITCH_PEAKS_ONCE
namespace resonance::features {
namespace {

constexpr std::size_t kSearchedBins = 260;  // to 5.6 kHz
constexpr float kThreshold = 0.05F;         // of the frame's largest magnitude
constexpr float kSilence = 1e-3F;           // magnitude; a full-scale sine has 512

/// Of every searched bin: bit t is set if frame t has a peak there.
using PeakBits = std::array<std::uint16_t, kSearchedBins>;

}  // namespace
}  // namespace resonance::features
#endif

HWY_BEFORE_NAMESPACE();
namespace resonance::features::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

PeakBits find_peaks(const float* power) {
  const hn::CappedTag<float, kTileFrames> d;
  PeakBits bits{};
  for (std::size_t lane = 0; lane < kTileFrames; lane += hn::Lanes(d)) {
    const float* column = power + lane;
    auto loudest = hn::Zero(d);
    for (std::size_t bin = 0; bin < kSearchedBins; ++bin) {
      loudest = hn::Max(loudest, hn::LoadU(d, column + bin * kTileFrames));
    }
    const auto audible = hn::Gt(loudest, hn::Set(d, kSilence * kSilence * kPowerScale));
    const auto threshold =
        hn::IfThenElse(audible, hn::Mul(loudest, hn::Set(d, kThreshold * kThreshold)), hn::Set(d, INFINITY));
    auto below = hn::LoadU(d, column);
    auto x = hn::LoadU(d, column + kTileFrames);
    for (std::size_t bin = 1; bin + 1 < kSearchedBins; ++bin) {
      const auto above = hn::LoadU(d, column + (bin + 1) * kTileFrames);
      const auto peak = hn::And(hn::And(hn::Gt(x, threshold), hn::Gt(x, below)), hn::Ge(x, above));
      std::array<std::uint8_t, 8> bytes{};
      hn::StoreMaskBits(d, peak, bytes.data());
      const auto found = static_cast<std::uint32_t>(bytes[0] | bytes[1] << 8) << lane;
      bits[bin] = static_cast<std::uint16_t>(bits[bin] | found);
      below = x;
      x = above;
    }
  }
  return bits;
}

}  // namespace resonance::features::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace resonance::features {
namespace {

HWY_EXPORT(find_peaks);

constexpr float kLowestHz = 60;
constexpr float kHighestHz = 5000;
constexpr float kLowHz = 1000;
constexpr float kHzPerBin = static_cast<float>(kSampleRateHz) / kFftSize;
constexpr float kA4Hz = 440;
constexpr float kBinOfA4 = 90;
constexpr float kOne = 4096;

std::uint8_t histogram_bin(float hz) {
  constexpr float kOctavesBelowA4 = 3;  // more than 60 Hz is, so that positions are positive
  const float position = kPitchPeakBins * (std::log2(hz / kA4Hz) + kOctavesBelowA4) + kBinOfA4;
  return static_cast<std::uint8_t>(std::lrint(position) % kPitchPeakBins);
}

}  // namespace

void PitchPeaks::push(std::span<const float> power, std::size_t frames) {
  const PeakBits peaks = HWY_DYNAMIC_DISPATCH(find_peaks)(power.data());
  const std::uint32_t valid = (1U << frames) - 1;
  for (std::size_t bin = 1; bin + 1 < kSearchedBins; ++bin) {
    for (std::uint32_t left = peaks[bin] & valid; left != 0; left &= left - 1) {
      const auto frame = static_cast<std::size_t>(std::countr_zero(left));
      const std::size_t i = bin * kTileFrames + frame;
      add_peak(frame, bin, power[i - kTileFrames], power[i], power[i + kTileFrames]);
    }
  }
  for (std::size_t frame = 0; frame < frames; ++frame) {
    keep(peaks_[frame]);
    peaks_[frame].clear();
  }
}

void PitchPeaks::add_peak(std::size_t frame, std::size_t bin, float below, float peak, float above) {
  const float magnitude = std::sqrt(peak);
  const float from_below = magnitude - std::sqrt(below);
  const float from_above = magnitude - std::sqrt(above);
  const float slope = 0.5F * (from_below - from_above);
  const float curvature = from_below + from_above;
  const float shift = curvature > 0 ? slope / curvature : 0;  // at most half a bin
  const float hz = (static_cast<float>(bin) + shift) * kHzPerBin;
  if (!(hz > kLowestHz && hz < kHighestHz)) return;
  const float amplitude = magnitude + 0.5F * slope * shift;
  peaks_[frame].push_back(
      {.pitch = histogram_bin(hz), .amplitude = amplitude, .low = hz < kLowHz ? std::sqrt(amplitude) : 0});
}

void PitchPeaks::keep(const std::vector<Peak>& peaks) {
  float low_total = 0;
  for (const Peak& peak : peaks) {
    all_[peak.pitch] += peak.amplitude;
    low_[peak.pitch] += peak.low;
    low_total += peak.low;
  }
  float largest = 0;
  for (const Peak& peak : peaks) largest = std::max(largest, all_[peak.pitch]);

  const auto rounded = [](float share) { return static_cast<std::uint16_t>(std::lrint(share * kOne)); };
  std::uint8_t entries = 0;
  for (const Peak& peak : peaks) {
    float& all = all_[peak.pitch];
    float& low = low_[peak.pitch];
    if (all == 0) continue;  // an earlier peak of this pitch has taken it along
    entries_.push_back({.pitch = peak.pitch,
                        .all = rounded(all / largest),
                        .low = rounded(low_total > 0 ? low / low_total : 0)});
    all = 0;
    low = 0;
    ++entries;
  }
  entries_per_frame_.push_back(entries);
}

std::vector<float> PitchPeaks::take(std::size_t frames) {
  assert(frames <= entries_per_frame_.size());
  std::vector<float> sums(std::size_t{kPitchPeakHistograms} * kPitchPeakBins);
  for (std::size_t frame = 0; frame < frames; ++frame) {
    for (std::size_t left = entries_per_frame_.front(); left > 0; --left) {
      const Entry entry = entries_.front();
      entries_.pop_front();
      sums[entry.pitch] += static_cast<float>(entry.all) / kOne;
      sums[kPitchPeakBins + entry.pitch] += static_cast<float>(entry.low) / kOne;
    }
    entries_per_frame_.pop_front();
  }
  return sums;
}

}  // namespace resonance::features
#endif  // HWY_ONCE
