#include "training/network/pooling.h"

#include "resonance/core/feature_contract.h"

#include <algorithm>

namespace resonance::training {

std::vector<Span> segments_of(std::int64_t frames) {
  if (frames < kSegmentFrames) return {{0, frames}};
  std::vector<Span> result;
  for (std::int64_t i = 0; i < segment_count(frames); ++i) {
    result.push_back({i * kSegmentHopFrames, i * kSegmentHopFrames + kSegmentFrames});
  }
  return result;
}

torch::Tensor pooling_weights(std::int64_t frames, std::int64_t step, const std::vector<Span>& segments) {
  const std::int64_t steps = (frames + step - 1) / step;
  torch::Tensor weights = torch::zeros({static_cast<std::int64_t>(segments.size()), steps});
  auto values = weights.accessor<float, 2>();
  for (std::size_t row = 0; row < segments.size(); ++row) {
    const Span& span = segments[row];
    for (std::int64_t i = span.first / step; i < steps && i * step < span.last; ++i) {
      const std::int64_t inside = std::min(span.last, (i + 1) * step) - std::max(span.first, i * step);
      values[static_cast<std::int64_t>(row)][i] =
          static_cast<float>(inside) / static_cast<float>(span.last - span.first);
    }
  }
  return weights;
}

torch::Tensor mean_over_steps(const torch::Tensor& x, std::int64_t step) {
  const std::int64_t frames = x.size(1);
  const std::int64_t steps = (frames + step - 1) / step;
  const std::int64_t missing = steps * step - frames;
  if (missing == 0) return x.reshape({x.size(0), steps, step, x.size(2)}).mean(2);
  const torch::Tensor padded = torch::constant_pad_nd(x, {0, 0, 0, missing});
  const torch::Tensor sums = padded.reshape({x.size(0), steps, step, x.size(2)}).sum(2);
  torch::Tensor counts = torch::full({1, steps, 1}, static_cast<double>(step), x.options());
  counts.select(1, steps - 1).fill_(static_cast<double>(step - missing));
  return sums / counts;
}

torch::Tensor deviation(const torch::Tensor& mean, const torch::Tensor& mean_of_squares) {
  return torch::sqrt(torch::relu(mean_of_squares - mean * mean) + 1e-5);
}

}  // namespace resonance::training
