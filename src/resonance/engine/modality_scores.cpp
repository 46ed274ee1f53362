#include "resonance/engine/modality_scores.h"

#include "resonance/core/error.h"

#include <cmath>
#include <cstddef>
#include <numeric>
#include <utility>

namespace resonance::engine {
namespace {

double inner_product(std::span<const float> a, std::span<const float> b) {
  return std::inner_product(a.begin(), a.end(), b.begin(), 0.0);
}

float cosine(std::span<const float> a, std::span<const float> b) {
  const double lengths = std::sqrt(inner_product(a, a) * inner_product(b, b));
  return lengths > 0 ? static_cast<float>(inner_product(a, b) / lengths) : 0.0F;
}

}  // namespace

Parts parts_of(embedding::Embedding embedding) {
  return {std::move(embedding.timbre), std::move(embedding.harmony), std::move(embedding.rhythm)};
}

bool mixes_parts(const embedding::Projection& projection) { return !(projection.weights().timbre > 0); }

ranking::PartLayout layout_of(const embedding::Projection& projection) {
  const embedding::PartWeights shares = projection.weights();
  return {.dimensions = projection.output_dimensions(),
          .shares = {shares.timbre, shares.harmony, shares.rhythm}};
}

ranking::ModalityWeights weights_of_parts(const embedding::Projection& projection,
                                          const ranking::ModalityWeights& asked) {
  if (mixes_parts(projection)) {
    throw Error(ErrorCode::invalid_argument,
                "model " + projection.model().name +
                    " mixes timbre, harmony and rhythm into one vector, and a " +
                    "query cannot weigh them: index with a model of fusion gated_concat, or with statistics");
  }
  const embedding::PartWeights shares = projection.weights();
  return {asked[0] * shares.timbre, asked[1] * shares.harmony, asked[2] * shares.rhythm};
}

ranking::ModalityScores modality_scores(std::span<const float> a, std::span<const float> b,
                                        const ranking::PartLayout& layout) {
  std::array<float, 3> scores{};
  std::size_t first = 0;
  for (std::size_t part = 0; part < scores.size(); ++part) {
    scores[part] =
        cosine(a.subspan(first, layout.dimensions[part]), b.subspan(first, layout.dimensions[part]));
    first += layout.dimensions[part];
  }
  return {scores[0], scores[1], scores[2]};
}

ranking::ModalityScores modality_scores(const Parts& a, const Parts& b) {
  return {cosine(a[0], b[0]), cosine(a[1], b[1]), cosine(a[2], b[2])};
}

}  // namespace resonance::engine
