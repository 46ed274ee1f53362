#include "training/network/rhythm_network.h"

#include "resonance/core/feature_contract.h"

#include <algorithm>
#include <cmath>

#include "training/network/pooling.h"

namespace resonance::training {

torch::Tensor logarithmic_lag_bands(std::int64_t bands) {
  torch::Tensor weights = torch::zeros({kTempogramLags, bands});
  auto values = weights.accessor<float, 2>();
  const double lowest = std::log(RhythmNetworkImpl::kShortestLag);
  const double spacing =
      (std::log(static_cast<double>(kTempogramLags - 1)) - lowest) / static_cast<double>(bands - 1);
  for (std::int64_t band = 0; band < bands; ++band) {
    const double centre = lowest + spacing * static_cast<double>(band);
    double sum = 0;
    for (int lag = 1; lag < kTempogramLags; ++lag) {
      // At least two lags wide: between few and long lags there would be nothing.
      const double width = std::max(1.5 * spacing, 1.5 / std::exp(centre));
      const double weight = std::max(0.0, 1 - std::abs(std::log(static_cast<double>(lag)) - centre) / width);
      values[lag][band] = static_cast<float>(weight);
      sum += weight;
    }
    for (int lag = 1; lag < kTempogramLags; ++lag) values[lag][band] /= static_cast<float>(sum);
  }
  return weights;
}

RhythmNetworkImpl::RhythmNetworkImpl(const NetworkConfig& config) {
  lag_bands = register_buffer("lag_bands", logarithmic_lag_bands(config.rhythm_lags));
  pooled_norm = register_module("pooled_norm", Normalisation(2 * config.rhythm_lags));
  hidden = register_module("hidden", torch::nn::Linear(2 * config.rhythm_lags, config.hidden));
  out = register_module("out", torch::nn::Linear(config.hidden, config.rhythm_dimensions));
}

torch::Tensor RhythmNetworkImpl::steps(const torch::Tensor& tempogram) const {
  const torch::Tensor values = torch::matmul(tempogram, lag_bands);
  return torch::cat({values, values * values}, 2);
}

torch::Tensor RhythmNetworkImpl::head(const torch::Tensor& pooled) {
  const std::int64_t bands = lag_bands.size(1);
  const torch::Tensor mean = pooled.slice(1, 0, bands);
  const torch::Tensor spread = deviation(mean, pooled.slice(1, bands, 2 * bands));
  return unit_length(out(torch::relu(hidden(pooled_norm(torch::cat({mean, spread}, 1))))));
}

}  // namespace resonance::training
