#pragma once

#include <cstdint>
#include <vector>

#include <torch/torch.h>

namespace resonance::training {

/// Frames [first, last) of a track.
struct Span {
  std::int64_t first = 0;
  std::int64_t last = 0;
};

/// The segments of a track of T frames: 18 s every 4 s while a whole one fits; a shorter track is one of its
/// own.
std::vector<Span> segments_of(std::int64_t frames);

/// Weights that make means over segments of values that are means over steps.
/// @param frames  T of the track
/// @param step    frames of a step; the last may be cut short
/// @return R x S: a step counts by the share of the segment's frames that it holds; rows sum to 1
torch::Tensor pooling_weights(std::int64_t frames, std::int64_t step, const std::vector<Span>& segments);

/// Means over runs of `step` frames, the last one perhaps shorter. @param x  B x T x D @return B x S x D
torch::Tensor mean_over_steps(const torch::Tensor& x, std::int64_t step);

/// Standard deviation from means of values and of their squares.
torch::Tensor deviation(const torch::Tensor& mean, const torch::Tensor& mean_of_squares);

}  // namespace resonance::training
