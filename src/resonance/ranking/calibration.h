#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace resonance::ranking {

/// A suggestion whose truth is known.
struct JudgedScore {
  double score = 0;  ///< finite
  bool right = false;
};

/// What a score is worth: the share of suggestions with such a score that were right. Isotonic regression by
/// pooling adjacent violators (Ayer et al. 1955; for calibration Zadrozny & Elkan 2002), so a higher score is
/// never worth less. Each pool counts half a right and half a wrong one more (Krichevsky & Trofimov 1981):
/// nothing is certain, and with few judgements little is. Immutable; thread-safe.
class Calibration {
 public:
  /// Without judgements every score is worth itself, within [0, 1].
  Calibration() = default;
  /// @throws Error(invalid_argument) for a score that is not finite
  explicit Calibration(std::span<const JudgedScore> judged);

  /// [0, 1]; between the middles of two pools, in a straight line.
  [[nodiscard]] double worth(double score) const;

 private:
  struct Pool {
    double score = 0;  ///< mean
    double worth = 0;
  };
  std::vector<Pool> pools_;  ///< ascending in both
};

}  // namespace resonance::ranking
