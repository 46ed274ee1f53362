#include "resonance/embedding/whitening.h"

#include "resonance/embedding/principal_axes.h"

#include <algorithm>
#include <cmath>
#include <cstdint>

#include <Eigen/Dense>

namespace resonance::embedding {
namespace {

using RowMajor = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

constexpr double kPriorWeight = 20;  // as many tracks as the prior counts for
constexpr double kClip = 2.5;        // standard deviations
constexpr std::uint32_t kMaxDimensions = 1U << 16;
constexpr std::uint32_t kMaxOutput = 4096;

}  // namespace

bool says_nothing(std::span<const float> values) {
  return std::all_of(values.begin(), values.end(), [](float value) { return value == 0.0F; });
}

Whitening Whitening::fit(std::size_t count, std::size_t dimensions, const WhiteningConfig& config,
                         const RowOf& row, const WhiteningPrior& prior) {
  Whitening result;
  result.output_dimensions_ = config.output_dimensions;
  const auto size = static_cast<Eigen::Index>(dimensions);
  const bool informed = prior.mean.size() == dimensions && prior.scale.size() == dimensions;

  // Rows that say nothing would drag the mean towards zero.
  std::vector<std::size_t> rows;
  for (std::size_t i = 0; i < count; ++i) {
    if (!says_nothing(row(i))) rows.push_back(i);
  }
  const auto n = static_cast<double>(rows.size());

  Eigen::VectorXd mean = Eigen::VectorXd::Zero(size);
  Eigen::VectorXd prior_mean = mean;
  Eigen::VectorXd variance = mean;
  if (informed) prior_mean = Eigen::Map<const Eigen::VectorXf>(prior.mean.data(), size).cast<double>();
  for (const std::size_t i : rows)
    mean += Eigen::Map<const Eigen::VectorXf>(row(i).data(), size).cast<double>();
  if (!rows.empty()) mean /= n;
  for (const std::size_t i : rows) {
    variance += (Eigen::Map<const Eigen::VectorXf>(row(i).data(), size).cast<double>() - mean).cwiseAbs2();
  }
  if (informed) {
    const Eigen::VectorXd prior_variance =
        Eigen::Map<const Eigen::VectorXf>(prior.scale.data(), size).cast<double>().cwiseAbs2();
    // The two samples pooled: their own spread and that of their means.
    const double total = n + kPriorWeight;
    const Eigen::VectorXd between = (mean - prior_mean).cwiseAbs2() * (n * kPriorWeight / total);
    variance = (variance + prior_variance * kPriorWeight + (n == 0 ? 0.0 : 1.0) * between) / total;
    mean = (mean * n + prior_mean * kPriorWeight) / total;
  } else if (!rows.empty()) {
    variance /= n;
  }

  result.mean_.resize(dimensions);
  result.inverse_scale_.resize(dimensions);
  for (std::size_t d = 0; d < dimensions; ++d) {
    const auto at = static_cast<Eigen::Index>(d);
    const double scale = std::sqrt(variance[at]);
    const bool varies = scale > 1e-6 * std::max(1.0, std::abs(mean[at]));
    result.mean_[d] = static_cast<float>(mean[at]);
    result.inverse_scale_[d] = varies ? static_cast<float>(1.0 / scale) : 0.0F;
  }

  const std::size_t rank = std::min(dimensions, config.output_dimensions);
  std::vector<bool> varies(dimensions);
  for (std::size_t d = 0; d < dimensions; ++d) varies[d] = result.inverse_scale_[d] != 0.0F;
  const PrincipalAxes principal = principal_axes(
      rows.size(), [&](std::size_t i, std::span<float> out) { result.standardise(row(rows[i]), out); },
      varies, kPriorWeight, rank);
  const double floor = config.floor * std::max(principal.mean_eigenvalue, 1e-12);
  result.axes_.resize(rank * dimensions);
  for (std::size_t k = 0; k < rank; ++k) {
    const auto column = static_cast<Eigen::Index>(k);
    const double gain = std::pow(principal.eigenvalues[column] + floor, -0.5 * config.exponent);
    Eigen::Map<Eigen::VectorXf>(result.axes_.data() + k * dimensions, size) =
        (principal.directions.col(column) * gain).cast<float>();
  }
  return result;
}

void Whitening::standardise(std::span<const float> input, std::span<float> output) const {
  for (std::size_t d = 0; d < mean_.size(); ++d) {
    const float z = (input[d] - mean_[d]) * inverse_scale_[d];
    // A value that is not finite says nothing of this dimension.
    output[d] =
        std::isfinite(z) ? std::clamp(z, -static_cast<float>(kClip), static_cast<float>(kClip)) : 0.0F;
  }
}

std::vector<float> Whitening::apply(std::span<const float> input) const {
  std::vector<float> output(output_dimensions_, 0.0F);
  const std::size_t dimensions = mean_.size();
  if (dimensions == 0 || says_nothing(input)) return output;
  std::vector<float> standardised(dimensions);
  standardise(input, standardised);
  const auto rank = static_cast<Eigen::Index>(axes_.size() / dimensions);
  Eigen::Map<Eigen::VectorXf> result(output.data(), rank);
  result = Eigen::Map<const RowMajor>(axes_.data(), rank, static_cast<Eigen::Index>(dimensions)) *
           Eigen::Map<const Eigen::VectorXf>(standardised.data(), static_cast<Eigen::Index>(dimensions));
  const double length = std::sqrt(result.cast<double>().squaredNorm());
  if (length > 1e-12 && std::isfinite(length)) {
    result = (result.cast<double>() / length).cast<float>();
  } else {
    result.setZero();
  }
  return output;
}

void Whitening::write(ByteWriter& out) const {
  out.value(static_cast<std::uint32_t>(mean_.size()));
  out.value(static_cast<std::uint32_t>(output_dimensions_));
  out.value(static_cast<std::uint32_t>(mean_.empty() ? 0 : axes_.size() / mean_.size()));
  out.values(std::span<const float>(mean_));
  out.values(std::span<const float>(inverse_scale_));
  out.values(std::span<const float>(axes_));
}

Whitening Whitening::read(ByteReader& in) {
  const auto dimensions = in.value<std::uint32_t>();
  const auto output_dimensions = in.value<std::uint32_t>();
  const auto rank = in.value<std::uint32_t>();
  if (dimensions > kMaxDimensions || output_dimensions > kMaxOutput || rank > output_dimensions ||
      rank > dimensions) {
    in.fail("claims impossible dimensions");
  }
  Whitening result;
  result.output_dimensions_ = output_dimensions;
  result.mean_ = in.values<float>(dimensions);
  result.inverse_scale_ = in.values<float>(dimensions);
  result.axes_ = in.values<float>(static_cast<std::size_t>(rank) * dimensions);
  for (const std::vector<float>* values : {&result.mean_, &result.inverse_scale_, &result.axes_}) {
    if (!std::all_of(values->begin(), values->end(), [](float value) { return std::isfinite(value); })) {
      in.fail("holds a value that is not finite");
    }
  }
  return result;
}

}  // namespace resonance::embedding
