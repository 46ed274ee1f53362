#include "resonance/embedding/principal_axes.h"

#include <algorithm>
#include <cmath>
#include <random>

#include <Eigen/Eigenvalues>

namespace resonance::embedding {
namespace {

using RowMajor = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

constexpr std::size_t kRowsAtOnce = 256;   // rows of one covariance update
constexpr double kLeastEigenvalue = 1e-6;  // of the largest: below it, float rounding of the rows
constexpr std::uint32_t kSeed = 20130606;

RowMajor read_rows(std::size_t first, std::size_t count, std::size_t dimensions, const WriteRow& write_row) {
  RowMajor rows(static_cast<Index>(count), static_cast<Index>(dimensions));
  for (std::size_t i = 0; i < count; ++i) {
    write_row(first + i, {rows.data() + i * dimensions, dimensions});
  }
  return rows;
}

/// Sum over the rows of their outer products with themselves, D x D.
MatrixXd scatter(std::size_t count, std::size_t dimensions, const WriteRow& write_row) {
  MatrixXd sum = MatrixXd::Zero(static_cast<Index>(dimensions), static_cast<Index>(dimensions));
  for (std::size_t first = 0; first < count; first += kRowsAtOnce) {
    const RowMajor rows = read_rows(first, std::min(kRowsAtOnce, count - first), dimensions, write_row);
    sum += (rows.transpose() * rows).cast<double>();
  }
  return sum;
}

/// The strongest eigenvectors of the D x D matrix, as many as `result` has columns.
void from_scatter(std::size_t count, const WriteRow& write_row, PrincipalAxes& result) {
  const auto dimensions = static_cast<std::size_t>(result.directions.rows());
  const Eigen::SelfAdjointEigenSolver<MatrixXd> solver(scatter(count, dimensions, write_row));
  const Index wanted = result.directions.cols();
  result.directions = solver.eigenvectors().rightCols(wanted).rowwise().reverse();
  result.eigenvalues = solver.eigenvalues().tail(wanted).reverse().cwiseMax(0.0);
  result.mean_eigenvalue = solver.eigenvalues().cwiseMax(0.0).sum() / static_cast<double>(dimensions);
}

/// Fixed pseudo-random directions at right angles to the first `known` and to each other.
void complete(Index known, const std::vector<bool>& varies, MatrixXd& directions) {
  const auto varying = static_cast<Index>(std::count(varies.begin(), varies.end(), true));
  const Index last = std::min(directions.cols(), varying);
  std::mt19937 random(kSeed);  // its sequence is the standard's, that of the distributions is not
  for (Index k = known; k < last; ++k) {
    auto direction = directions.col(k);
    for (Index d = 0; d < directions.rows(); ++d) {
      direction[d] = varies[static_cast<std::size_t>(d)] && (random() & 1U) != 0 ? 1.0 : 0.0;
      if (varies[static_cast<std::size_t>(d)] && direction[d] == 0.0) direction[d] = -1.0;
    }
    for (int twice = 0; twice < 2; ++twice) {  // once leaves rounding behind (Giraud et al. 2005)
      const auto before = directions.leftCols(k);
      direction -= before * (before.transpose() * direction).eval();
    }
    const double length = direction.norm();
    direction *= length > 1e-9 ? 1.0 / length : 0.0;
  }
}

/// The same eigenvectors by way of the N x N matrix, for N < D.
void from_inner_products(std::size_t count, const WriteRow& write_row, const std::vector<bool>& varies,
                         PrincipalAxes& result) {
  const MatrixXd rows = read_rows(0, count, varies.size(), write_row).cast<double>();
  const Eigen::SelfAdjointEigenSolver<MatrixXd> solver(rows * rows.transpose());
  const VectorXd& eigenvalues = solver.eigenvalues();  // ascending
  result.mean_eigenvalue = rows.squaredNorm() / static_cast<double>(varies.size());

  const Index most = std::min(result.directions.cols(), rows.rows());
  Index known = 0;
  for (; known < most; ++known) {
    const Index column = rows.rows() - 1 - known;
    if (eigenvalues[column] <= kLeastEigenvalue * eigenvalues[rows.rows() - 1]) break;
    result.directions.col(known) = (rows.transpose() * solver.eigenvectors().col(column)).normalized();
    result.eigenvalues[known] = eigenvalues[column];
  }
  complete(known, varies, result.directions);
}

}  // namespace

PrincipalAxes principal_axes(std::size_t count, const WriteRow& write_row, const std::vector<bool>& varies,
                             double prior_weight, std::size_t wanted) {
  const std::size_t dimensions = varies.size();
  PrincipalAxes result{
      .directions = MatrixXd::Zero(static_cast<Index>(dimensions), static_cast<Index>(wanted)),
      .eigenvalues = VectorXd::Zero(static_cast<Index>(wanted)),
      .mean_eigenvalue = 0};
  if (count >= dimensions) {
    from_scatter(count, write_row, result);
  } else if (count > 0) {
    from_inner_products(count, write_row, varies, result);
  } else {
    complete(0, varies, result.directions);
  }

  // The prior's matrix is the identity where anything varies: it adds to eigenvalues and turns no axis.
  const auto varying = static_cast<double>(std::count(varies.begin(), varies.end(), true));
  const double total = static_cast<double>(count) + prior_weight;
  for (Index k = 0; k < result.directions.cols(); ++k) {
    Index largest = 0;
    const double strength = result.directions.col(k).cwiseAbs().maxCoeff(&largest);
    if (result.directions(largest, k) < 0) result.directions.col(k) *= -1;
    result.eigenvalues[k] = (result.eigenvalues[k] + (strength > 0 ? prior_weight : 0.0)) / total;
  }
  result.mean_eigenvalue =
      (result.mean_eigenvalue + prior_weight * varying / static_cast<double>(dimensions)) / total;
  return result;
}

}  // namespace resonance::embedding
