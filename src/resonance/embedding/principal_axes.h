#pragma once

#include <cstddef>
#include <functional>
#include <span>
#include <vector>

#include <Eigen/Core>

namespace resonance::embedding {

/// The strongest axes of standardised rows of D dimensions, strongest first.
struct PrincipalAxes {
  Eigen::MatrixXd directions;   ///< D x K, orthonormal columns; a column of zeros where no direction is left
  Eigen::VectorXd eigenvalues;  ///< K, >= 0, descending
  double mean_eigenvalue = 0;   ///< over all D
};

/// Writes row i of the N, D standardised values, into the span it is given.
using WriteRow = std::function<void(std::size_t, std::span<float>)>;

/// Principal axes of N rows and of a prior worth `prior_weight` rows, to which the varying dimensions are
/// independent and of unit variance: eigenvectors of (Z'Z + prior_weight diag(varies)) / (N + prior_weight).
///
/// With fewer rows than dimensions the eigenvectors come from the N x N matrix of inner products (Turk &
/// Pentland 1991), and directions in which no row lies are filled up with fixed pseudo-random ones, so that
/// what an unseen row says there still counts. Signs are fixed: the largest component of a direction is
/// positive.
///
/// @param varies  D; false for a dimension that is zero in every row
/// @param wanted  K <= D
PrincipalAxes principal_axes(std::size_t count, const WriteRow& write_row, const std::vector<bool>& varies,
                             double prior_weight, std::size_t wanted);

}  // namespace resonance::embedding
