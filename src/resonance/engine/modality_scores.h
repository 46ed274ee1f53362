#pragma once

#include "resonance/embedding/projection.h"
#include "resonance/ranking/query.h"
#include "resonance/ranking/reasons.h"

#include <array>
#include <span>
#include <vector>

/// Timbre, harmony and rhythm of two embeddings, for answers that are explained and queries that weigh them.
namespace resonance::engine {

/// Timbre, harmony and rhythm by themselves.
using Parts = std::array<std::vector<float>, 3>;
Parts parts_of(embedding::Embedding embedding);

/// Whether the model's fused vector is not made of the parts one after the other.
bool mixes_parts(const embedding::Projection& projection);
/// How it is made of them. @param projection  of a model that does not mix parts
ranking::PartLayout layout_of(const embedding::Projection& projection);
/// The model's own weights times what a person asks for.
/// @throws Error(invalid_argument) for a model that mixes parts
ranking::ModalityWeights weights_of_parts(const embedding::Projection& projection,
                                          const ranking::ModalityWeights& asked);

/// Cosine of each part of two fused vectors; 0 where either says nothing.
ranking::ModalityScores modality_scores(std::span<const float> a, std::span<const float> b,
                                        const ranking::PartLayout& layout);
/// The same of parts.
ranking::ModalityScores modality_scores(const Parts& a, const Parts& b);

}  // namespace resonance::engine
