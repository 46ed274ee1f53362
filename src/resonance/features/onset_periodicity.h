#pragma once

#include <array>
#include <cstddef>
#include <span>
#include <vector>

namespace resonance::features {

/// What repeats in an onset envelope, as means over windows so that a change of loudness or a break does not
/// count: all that the tempo is found from. Values between the samples are interpolated linearly.
struct OnsetPeriodicity {
  static constexpr std::size_t kLags = 420;            ///< of 20 ms
  static constexpr std::size_t kTransformSize = 4096;  ///< one spectrum bin is 50 / 4096 Hz

  /// Autocorrelation, 1 at lag 0, mean over windows of 12 s every 6 s, each less its mean and divided by its
  /// energy; unbiased. At most kLags lags, fewer for a shorter envelope; empty if no window has any energy.
  std::vector<double> autocorrelation;
  /// Root of the mean power spectrum over Hann windows of 8 s every 4 s, maximum 1; kTransformSize / 2 + 1
  /// bins.
  std::vector<double> spectrum;
  /// Local maxima at least half a standard deviation above their window's mean, in the windows with energy.
  double peaks_per_second = 0;
  /// Mean interval of those peaks in frames if they are evenly spaced and equally strong, as a metronome's;
  /// else 0.
  double metronome_interval = 0;

  [[nodiscard]] bool empty() const noexcept { return autocorrelation.empty(); }
  /// 0 beyond the last lag.
  [[nodiscard]] double at_lag(double frames) const noexcept;
  /// 0 beyond the last bin.
  [[nodiscard]] double at_frequency(double hz) const noexcept;
};

/// @param onset  T onset strengths, 50 a second, finite. Takes about 1 us a frame.
OnsetPeriodicity onset_periodicity(std::span<const float> onset);

}  // namespace resonance::features
