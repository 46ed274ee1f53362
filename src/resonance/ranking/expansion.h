#pragma once

#include "resonance/core/matrix.h"

#include <cstddef>
#include <span>
#include <vector>

/// Queries, and rows, that learn from their neighbours. N rows of D dimensions, unit length.
namespace resonance::ranking {

/// A row that a search found.
struct SimilarVector {
  std::span<const float> embedding;  ///< D values
  float similarity = 0;              ///< with what was searched for, [-1, 1]
};

/// Pseudo-relevance feedback: unit length of (q + the sum of the neighbours) / (n + 1).
/// @param query       D values
/// @param neighbours  the best n of a first search; for n = 0 the query comes back in unit length
/// @throws Error(invalid_argument) for differing dimensions
std::vector<float> feedback_query(std::span<const float> query, std::span<const SimilarVector> neighbours);

/// Alpha query expansion (Radenovic, Tolias & Chum 2018, "Fine-tuning CNN image retrieval with no human
/// annotation", section 3.4): unit length of q + sum max(0, s_i)^alpha x_i. alpha = 0 is feedback_query, a
/// large alpha leaves the query alone; 3 is the paper's and the default of the command line. A neighbour
/// whose similarity is 0 or less counts for nothing, since a power of it has no meaning.
/// @throws Error(invalid_argument) for differing dimensions or unless alpha is finite and >= 0
std::vector<float> alpha_query(std::span<const float> query, std::span<const SimilarVector> neighbours,
                               float alpha);

/// A neighbour of a row, in a matrix.
struct RowNeighbour {
  std::size_t row = 0;
  float similarity = 0;
};

/// The same on the database's side: each row replaced by its alpha expansion with its own neighbours, all
/// from the rows as they were. A row among its own neighbours is passed over: it has weight 1 already.
/// @param rows        N x D row-major
/// @param neighbours  N lists, of any length
/// @return N x D of unit length
/// @throws Error(invalid_argument) unless D > 0 divides rows into as many rows as there are lists, every
///         neighbour is a row, and alpha is finite and >= 0
Matrix alpha_augmented(std::span<const float> rows, std::size_t dimensions,
                       std::span<const std::vector<RowNeighbour>> neighbours, float alpha);

}  // namespace resonance::ranking
