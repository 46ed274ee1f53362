#pragma once

#include "resonance/core/feature_contract.h"

#include <array>
#include <complex>
#include <cstddef>
#include <memory>
#include <span>
#include <vector>

namespace resonance::embedding {

/// Harmony of a track, blind to transposition:
/// 1. the 2-D Fourier magnitude of chroma patches of 15.4 s, compressed by a square root, median over the
/// patches. A
///    magnitude forgets where in pitch and in time a patch lies (Bertin-Mahieux & Ellis 2012, "Large-scale
///    cover song recognition using the 2D Fourier transform magnitude");
/// 2. interval statistics: the autocorrelation over pitch of the chroma's mean, of each column, and of each
/// column with
///    the columns 0.24, 0.48, 0.96 and 1.92 s before: which intervals sound together, and which follow each
///    other.
/// Keeps at most kMaxPatches patches, evenly spaced over the track whatever its length. Not thread-safe.
class HarmonyStatistics {
 public:
  static constexpr std::size_t kFramesPerColumn = 12;  ///< 0.24 s
  static constexpr std::size_t kColumns = 64;          ///< of a patch, 15.4 s
  static constexpr std::size_t kColumnHop = 16;        ///< from patch to patch
  static constexpr std::size_t kMaxPatches = 256;
  static constexpr std::size_t kPitchRows = kChromaBins / 2 + 1;
  static constexpr std::size_t kIntervals = kChromaBins / 2 + 1;
  static constexpr std::array<std::size_t, 4> kColumnLags{1, 2, 4, 8};
  static constexpr std::size_t kDimensions =
      kPitchRows * kColumns + 2 * kIntervals + kColumnLags.size() * kChromaBins;

  HarmonyStatistics();
  ~HarmonyStatistics();
  HarmonyStatistics(const HarmonyStatistics&) = delete;
  HarmonyStatistics& operator=(const HarmonyStatistics&) = delete;

  /// @param chroma  24 bins
  void push(std::span<const float> chroma);
  /// kDimensions values; all zero if nothing had pitch.
  [[nodiscard]] std::vector<float> finish();
  [[nodiscard]] std::size_t patches() const { return patches_.size(); }  ///< kept

 private:
  struct Transform;
  using Column = std::array<float, kChromaBins>;
  using Spectrum = std::array<std::complex<float>, kPitchRows>;

  void push_column();
  void push_patch();
  [[nodiscard]] std::vector<float> median_patch();

  std::unique_ptr<Transform> transform_;
  Column sum_{};
  std::size_t frames_in_sum_ = 0;
  std::size_t column_count_ = 0;
  std::vector<Column> columns_;    ///< the last kColumns, a ring
  std::vector<Spectrum> spectra_;  ///< of these columns over pitch

  std::size_t patch_count_ = 0;   ///< patches seen
  std::size_t patch_stride_ = 1;  ///< every so many are kept
  std::vector<std::vector<float>> patches_;

  std::array<double, kChromaBins> mean_{};
  std::array<double, kIntervals> together_{};
  std::array<double, kColumnLags.size() * kChromaBins> followed_{};
};

}  // namespace resonance::embedding
