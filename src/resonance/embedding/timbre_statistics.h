#pragma once

#include "resonance/embedding/heard_bands.h"
#include "resonance/embedding/moments.h"

#include <array>
#include <cstddef>
#include <vector>

namespace resonance::embedding {

/// Timbre of a track, from the heard bands of its frames that are not silent:
/// 1. the Gaussian of 20 cepstral coefficients (DCT-II), log-Euclidean: a single Gaussian describes timbre
/// about as well
///    as a mixture (Mandel & Ellis 2005), and as a vector it can be searched by inner product;
/// 2. the log-covariance of the cepstrum's change over 0.1 s;
/// 3. the spectral pattern: each band's values in blocks of 10 frames sorted, five order statistics averaged
/// over the
///    blocks, and the delta spectral pattern: the same of the rises over 60 ms in blocks of 25 frames, six
///    upper order statistics (after Seyerlehner, Widmer & Pohle 2010, "Fusing block-level features for music
///    similarity estimation"; the mean instead of a percentile over blocks, so that it streams).
/// The track's level is taken out of all of it. Memory does not grow. Not thread-safe.
class TimbreStatistics {
 public:
  static constexpr std::size_t kPatternLevels = 5;
  static constexpr std::size_t kRiseLevels = 6;
  static constexpr std::size_t kDimensions = (Moments::kSize + 1) * (Moments::kSize + 2) / 2 +
                                             Moments::kSize * (Moments::kSize + 1) / 2 +
                                             (kPatternLevels + kRiseLevels) * kHeardBands;

  TimbreStatistics();
  void push(const HeardBands& bands);
  /// kDimensions values; all zero if no frame was pushed.
  [[nodiscard]] std::vector<float> finish();

 private:
  static constexpr std::size_t kRing = 32;  ///< frames kept: a block of rises and its lag

  void push_pattern(std::size_t frames);
  void push_rises(std::size_t frames);

  std::vector<float> basis_;  ///< bands x coefficients
  std::size_t frames_ = 0;
  std::array<HeardBands, kRing> bands_{};
  std::array<HeardBands, kRing> rises_{};
  std::array<Moments::Vector, kRing> cepstra_{};
  Moments cepstrum_;
  Moments change_;
  std::size_t patterns_ = 0;
  std::size_t rise_patterns_ = 0;
  std::array<double, kPatternLevels * kHeardBands> pattern_sum_{};
  std::array<double, kRiseLevels * kHeardBands> rise_sum_{};
};

}  // namespace resonance::embedding
