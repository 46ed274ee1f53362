#pragma once

#include "resonance/embedding/bytes.h"

#include <cstddef>
#include <functional>
#include <span>
#include <vector>

namespace resonance::embedding {

/// What is believed of one modality's descriptors before a library has been seen. D dimensions.
struct WhiteningPrior {
  std::vector<float> mean;   ///< D; empty: unknown
  std::vector<float> scale;  ///< D, standard deviations, > 0; empty: unknown
};

/// How far a modality's axes are evened out.
struct WhiteningConfig {
  std::size_t output_dimensions = 0;
  double exponent = 0.5;  ///< [0, 1]: 0 rotates only, 1 gives every axis the same variance
  double floor = 0.2;     ///< of the mean eigenvalue, added to each before whitening
};

/// Row i of the N descriptors it is fitted on, D values.
using RowOf = std::function<std::span<const float>(std::size_t)>;

/// Standardise, clip, rotate to principal axes, shrink and whiten, scale to unit length. Immutable;
/// thread-safe.
class Whitening {
 public:
  Whitening() = default;

  /// Fits on `count` >= 1 rows of `dimensions` values. With few rows the prior rules, with many the rows.
  /// Output dimensions beyond the input's are zero.
  static Whitening fit(std::size_t count, std::size_t dimensions, const WhiteningConfig& config,
                       const RowOf& row, const WhiteningPrior& prior);

  /// Unit length, or zero if every value of `input` is zero: nothing is said of such a track.
  /// @param input  `input_dimensions()` values
  [[nodiscard]] std::vector<float> apply(std::span<const float> input) const;

  [[nodiscard]] std::size_t input_dimensions() const { return mean_.size(); }
  [[nodiscard]] std::size_t output_dimensions() const { return output_dimensions_; }

  void write(ByteWriter& out) const;
  /// @throws Error(corrupt_data)
  static Whitening read(ByteReader& in);

 private:
  void standardise(std::span<const float> input, std::span<float> output) const;

  std::size_t output_dimensions_ = 0;
  std::vector<float> mean_;           ///< D
  std::vector<float> inverse_scale_;  ///< D, 0 for a dimension that never varies
  std::vector<float> axes_;           ///< rank x D, row-major: whitened principal axes, strongest first
};

/// Nothing but zeros: a track of which the model has nothing to say (silence).
bool says_nothing(std::span<const float> values);

}  // namespace resonance::embedding
