#pragma once

#include "resonance/core/feature_contract.h"
#include "resonance/features/aligned_vector.h"

#include <array>
#include <cstddef>
#include <span>

namespace resonance::features {

/// Autocorrelation of a sequence under a Hann window of 320 that moves by one sample a row.
///
/// With a = pi / 320, the window's w[n] w[n + l] is a constant and two cosines of (2n + l) a. So a row is a
/// sum of three sums over n of x[n] x[n + l] times 1, cos((2n + l) a) and cos(2 (2n + l) a), which move on by
/// one sample in a fixed number of operations (Jacobsen and Lyons 2003, "The sliding DFT"), here some twenty,
/// in double precision. Where what is under the window has become a ten-millionth of the energy that the sums
/// have seen, they are made anew, so that no rounding error of loud samples outlives them. Not thread-safe.
class SlidingAutocorrelation {
 public:
  static constexpr std::size_t kWindow = kTempogramLags;

  SlidingAutocorrelation();

  /// Ready for another sequence.
  void reset() { started_ = false; }
  /// The next rows: `samples` are those under their windows and the one before, frames + kWindow in all.
  /// @param rows  frames x kWindow, lag by lag, each row divided by its value at lag 0; zero where that is
  /// zero
  void process(std::span<const double> samples, std::span<float> rows);

  /// For each lag: the three sums, the latter two with their imaginary parts, at the window's position.
  struct Sums {
    AlignedVector<double> plain, re1, im1, re2, im2;
  };
  /// For each lag l: cos(l a), sin(l a), cos(2 l a), sin(2 l a), and the factors of the first two sums; and
  /// the window's squares.
  struct Tables {
    AlignedVector<double> cos1, sin1, cos2, sin2, plain_factor, factor1, squared_window;
  };
  /// Of the samples under a window, as they are and weighted.
  struct Energy {
    double plain, weighted;
  };

 private:
  Sums sums_;
  Tables tables_;
  double loudest_ = 0;  // plain energy, since the sums were made
  bool started_ = false;
};

/// One row by its definition. For tests.
std::array<double, SlidingAutocorrelation::kWindow> windowed_autocorrelation(std::span<const double> window);

}  // namespace resonance::features
