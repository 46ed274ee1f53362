#pragma once

#include "resonance/core/feature_contract.h"

#include <array>
#include <complex>
#include <cstddef>
#include <memory>
#include <span>
#include <vector>

namespace resonance::embedding {

/// Harmony of a track, blind to transposition and nearly so to tempo: the 2-D Fourier power of chroma patches
/// of 15.4 s (Bertin-Mahieux & Ellis 2012, "Large-scale cover song recognition using the 2D Fourier transform
/// magnitude"), its frequencies over time gathered into bands of equal width on a logarithmic scale. The
/// power forgets where in pitch and in time a patch lies; another tempo moves it along the scale by less than
/// a band. Means over the patches of fourth roots (of the power, so roots of magnitudes), their root mean
/// square one. Constant memory whatever the length. Not thread-safe.
class HarmonyStatistics {
 public:
  static constexpr std::size_t kFramesPerColumn = 12;  ///< 0.24 s
  static constexpr std::size_t kColumns = 64;          ///< of a patch, 15.4 s
  static constexpr std::size_t kColumnHop = 16;        ///< from patch to patch
  static constexpr std::size_t kPitchRows = kChromaBins / 2 + 1;
  static constexpr std::size_t kBands = 9;  ///< of positive frequencies, and as many of negative ones
  /// Of the lowest and the highest band's centre: cycles a patch (0.09 and 2.1 Hz).
  static constexpr double kLowestCycles = 1.4;
  static constexpr double kHighestCycles = 32;
  static constexpr double kBandWidth = 0.35;  ///< standard deviation, in logarithms: a factor of 1.4
  static constexpr std::size_t kRowDimensions = 2 * kBands;
  /// kPitchRows rows of kBands positive and kBands negative frequencies, and what does not change over time:
  /// the pitch rows but for the first.
  static constexpr std::size_t kDimensions = kPitchRows * kRowDimensions + kPitchRows - 1;

  HarmonyStatistics();
  ~HarmonyStatistics();
  HarmonyStatistics(const HarmonyStatistics&) = delete;
  HarmonyStatistics& operator=(const HarmonyStatistics&) = delete;

  /// @param chroma  24 bins
  void push(std::span<const float> chroma);
  /// kDimensions values; all zero if nothing had pitch.
  [[nodiscard]] std::vector<float> finish();

 private:
  struct Transform;
  using Spectrum = std::array<std::complex<float>, kPitchRows>;

  void push_column();
  void push_patch();

  std::unique_ptr<Transform> transform_;
  std::array<float, kChromaBins> sum_{};
  std::size_t frames_in_sum_ = 0;
  std::size_t column_count_ = 0;
  std::vector<Spectrum> spectra_;              ///< of the last kColumns columns over pitch, a ring
  std::array<double, kDimensions> patches_{};  ///< their sum
};

}  // namespace resonance::embedding
