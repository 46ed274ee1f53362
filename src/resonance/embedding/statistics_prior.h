#pragma once

#include "resonance/embedding/whitening.h"

#include <array>

namespace resonance::embedding {

/// Mean and standard deviation of every dimension of the statistics model's timbre, harmony and rhythm over
/// some hundreds of recordings of many kinds. A library of a few tracks is judged by it; a large one
/// outweighs it.
std::array<WhiteningPrior, 3> statistics_prior();

}  // namespace resonance::embedding
