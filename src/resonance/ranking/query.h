#pragma once

#include <array>
#include <cstddef>
#include <span>
#include <vector>

/// From what a person points at to the vector that is searched with. D is the dimension of the fused
/// embedding.
namespace resonance::ranking {

/// What a query starts from, or moves away from.
struct Seed {
  std::span<const float> embedding;  ///< D values of unit length; all zero (silence) counts for nothing
  float weight = 1;                  ///< relative to the other seeds; negative: away from it
};

/// One vector for many seeds: unit length of sum w_i s_i. Its inner product with a track orders by the
/// weighted sum of the track's similarities with the seeds, those to avoid counted negatively. After Rocchio
/// 1971. Seeds of which nothing is known (silence: all zero) give the zero vector, alike to everything.
/// @throws Error(invalid_argument) for no seed to approach, different dimensions, a value or weight that is
/// not
///         finite, or seeds that cancel each other out
std::vector<float> combined_query(std::span<const Seed> seeds);

/// Which dimensions of a fused embedding belong to timbre, harmony and rhythm, in this order, and the share
/// of the similarity that each was built with (embedding::Projection::weights). A fused embedding is the
/// concatenation of sqrt(share) times the unit vector of the modality.
struct PartLayout {
  std::array<std::size_t, 3> dimensions{};
  std::array<float, 3> shares{};
};

/// What a person wants each modality to count for, timbre, harmony and rhythm, relative to each other.
using ModalityWeights = std::array<float, 3>;

/// D factors, one a dimension of fused embeddings: sum over d of factor_d a_d b_d is sum w_p <a_p, b_p> / sum
/// w_p for tracks a and b that have all three modalities, where a_p and b_p are their unit parts. All 1 for
/// the layout's own shares. A track without some modality keeps the larger shares that its embedding was
/// built with.
/// @throws Error(invalid_argument) unless every share is positive, and the weights are finite, not negative
/// and
///         not all zero
std::vector<float> part_factors(const PartLayout& layout, const ModalityWeights& weights);

/// The query that makes an index of fused embeddings answer with other weights, exactly and without a
/// rebuild: the query times part_factors(). The scores stay in [-1, 1].
/// @param query  D fused values of unit length
/// @return D values; not of unit length in general
/// @throws Error(invalid_argument) as part_factors(), or unless D is the sum of the layout's dimensions
std::vector<float> weighted_query(std::span<const float> query, const PartLayout& layout,
                                  const ModalityWeights& weights);

}  // namespace resonance::ranking
