#pragma once

#include <cstddef>
#include <span>

/// Hub suppression. In many dimensions some tracks are near to nearly everything ("hubs") and turn up in
/// every answer. Mutual proximity (Schnitzer, Flexer, Schedl & Widmer 2012, "Local and global scaling reduce
/// hubs in space", JMLR 13) asks how unusual a similarity is for both sides: the share of tracks that are
/// less similar to x than y is, times the share that are less similar to y than x is.
///
/// This is the paper's Gaussian variant for independent sides. It needs two numbers a track, which a sample
/// of a few hundred tracks estimates well, and goes on beyond the sample's extremes; the empirical variant
/// cannot tell the best 20 of a million apart with a sample of a thousand, for none of it comes as near.
namespace resonance::ranking {

/// How similar a track is to tracks in general.
struct SimilarityStatistics {
  double mean = 0;
  double deviation = 0;  ///< standard deviation, >= 0
};

/// Of `vector`'s inner products with the rows of a sample; rows that equal it or one of `passed_over` do not
/// count: those of the track itself, if `vector` is a weighted form of it, or of a query's seeds.
/// @param vector  D values
/// @param sample  S x D row-major, e.g. every (N / 500)-th row of the index; the same for all that is
/// compared
/// @return zeros if nothing is left of the sample
/// @throws Error(invalid_argument) unless D > 0 divides the sample
SimilarityStatistics similarity_statistics(std::span<const float> vector, std::span<const float> sample,
                                           std::span<const std::span<const float>> passed_over = {});

/// One minus the mutual proximity, [0, 1]: 0 if both sides know nothing nearer, near 1 if either finds it
/// ordinary. As a distance, since for the best of a large library it is tiny, where 1 - it has no digits
/// left. A side without deviation counts as certain: nothing is below its mean or above.
double mutual_distance(double similarity, const SimilarityStatistics& a, const SimilarityStatistics& b);

}  // namespace resonance::ranking
