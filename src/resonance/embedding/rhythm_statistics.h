#pragma once

#include "resonance/core/feature_contract.h"
#include "resonance/embedding/heard_bands.h"

#include <array>
#include <cstddef>
#include <memory>
#include <span>
#include <vector>

namespace resonance::embedding {

/// Rhythm of a track:
/// 1. the fluctuation pattern: how strongly 20 bands of the log-mel spectrum are modulated at 16 rates from
/// 0.4 to
///    20 Hz, mean of the logarithm over windows of 5 s (after Pampalk, Rauber & Merkl 2002, "Content-based
///    organization and visualization of music archives", and the logarithmic fluctuation pattern of Pohle et
///    al. 2009);
/// 2. mean and deviation of the tempogram over time on a logarithmic lag axis, on which a small change of
/// tempo is a
///    small shift;
/// 3. mean, deviation and distribution of the onset strength.
/// Memory does not grow. Not thread-safe.
class RhythmStatistics {
 public:
  static constexpr std::size_t kBands = kHeardBands / 2;
  static constexpr std::size_t kRates = 16;
  static constexpr std::size_t kLagBands = 46;
  static constexpr std::size_t kOnsetLevels = 11;
  static constexpr std::size_t kDimensions = kBands * kRates + 2 * kLagBands + 2 + kOnsetLevels;

  RhythmStatistics();
  ~RhythmStatistics();
  RhythmStatistics(const RhythmStatistics&) = delete;
  RhythmStatistics& operator=(const RhythmStatistics&) = delete;

  /// Every frame. @param tempogram  320 lags @param onset  its strength
  void push(std::span<const float> tempogram, float onset);
  /// Every frame that is not silent.
  void push(const HeardBands& bands);
  /// kDimensions values; all zero if no frame was heard.
  [[nodiscard]] std::vector<float> finish();

 private:
  static constexpr std::size_t kWindow = 256;  ///< frames, 5.1 s
  static constexpr std::size_t kWindowHop = 128;
  struct Transform;

  void push_window();

  std::unique_ptr<Transform> transform_;
  std::vector<std::array<float, kBands>> ring_;
  std::size_t heard_ = 0;
  std::size_t windows_ = 0;
  std::array<double, kBands * kRates> modulation_sum_{};

  std::array<std::size_t, kLagBands + 1> edges_{};
  std::size_t frames_ = 0;
  std::array<double, kLagBands> lag_sum_{};
  std::array<double, kLagBands> lag_squares_{};
  double onset_sum_ = 0;
  double onset_squares_ = 0;
  std::array<std::size_t, kOnsetLevels> onsets_above_{};
};

}  // namespace resonance::embedding
