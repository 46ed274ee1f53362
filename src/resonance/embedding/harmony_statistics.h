#pragma once

#include "resonance/core/feature_contract.h"

#include <array>
#include <cstddef>
#include <memory>
#include <span>
#include <vector>

namespace resonance::embedding {

/// Harmony of a track: the 2-D Fourier magnitude of chroma patches of about 15 s, median over the patches. A
/// magnitude forgets where in pitch and in time a patch lies, so transposition and alignment do not matter
/// (Bertin-Mahieux & Ellis 2012, "Large-scale cover song recognition using the 2D Fourier transform
/// magnitude"). Keeps at most kMaxPatches patches, evenly spaced over the track whatever its length. Not
/// thread-safe.
class HarmonyStatistics {
 public:
  static constexpr std::size_t kFramesPerColumn = 12;  ///< 0.24 s
  static constexpr std::size_t kColumns = 64;          ///< of a patch, 15.4 s
  static constexpr std::size_t kColumnHop = 16;        ///< from patch to patch
  static constexpr std::size_t kMaxPatches = 256;
  static constexpr std::size_t kPitchRows = kChromaBins / 2 + 1;
  static constexpr std::size_t kDimensions = kPitchRows * kColumns;

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
  using Column = std::array<float, kChromaBins>;

  void push_column();
  void push_patch();

  std::unique_ptr<Transform> transform_;
  Column sum_{};
  std::size_t frames_in_sum_ = 0;
  std::vector<Column> columns_;  ///< the last kColumns, a ring
  std::size_t column_count_ = 0;
  std::size_t patch_count_ = 0;   ///< patches seen
  std::size_t patch_stride_ = 1;  ///< every so many are kept
  std::vector<std::vector<float>> patches_;
};

}  // namespace resonance::embedding
