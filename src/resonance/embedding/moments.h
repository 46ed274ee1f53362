#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace resonance::embedding {

/// Mean and covariance of a stream of short vectors. Sums in double, one vector after the other, so the
/// result does not depend on how the stream was cut.
class Moments {
 public:
  static constexpr std::size_t kSize = 20;
  using Vector = std::array<float, kSize>;

  void push(const Vector& values);
  [[nodiscard]] std::int64_t count() const { return count_; }

  /// Upper triangle, off-diagonal times sqrt(2), of the logarithm of the covariance: the log-Euclidean map,
  /// under which inner products and distances of covariances make sense (Arsigny et al. 2006, "Log-Euclidean
  /// metrics for fast and simple calculus on diffusion tensors"). kSize (kSize + 1) / 2 values.
  [[nodiscard]] std::vector<float> log_covariance() const;

  /// The same map of the Gaussian as a whole, embedded as the matrix [[S + m m', m], [m', 1]] with mean m and
  /// covariance S in units of `unit` (Lovric, Min-Oo & Ruh 2000; the space of Gaussians as positive definite
  /// matrices). m's first component, the level, is left out. (kSize + 1) (kSize + 2) / 2 values.
  [[nodiscard]] std::vector<float> log_gaussian(double unit) const;

 private:
  std::int64_t count_ = 0;
  std::array<double, kSize> sum_{};
  std::array<double, kSize * kSize> products_{};  ///< lower triangle
};

}  // namespace resonance::embedding
