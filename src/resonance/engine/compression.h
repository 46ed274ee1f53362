#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <stop_token>
#include <vector>

namespace resonance::engine {

struct CompressOptions {
  std::size_t representatives = 10'000;
  std::size_t batch = 0;  ///< vectors a step; 0: 256 a core
  std::size_t steps = 0;  ///< 0: as many as show every vector about once
  std::uint32_t seed = 1;
};

/// What compressing cost. Queries are vectors of the set; their neighbours are the ten with the greatest
/// inner product, themselves left out.
struct CompressReport {
  std::size_t vectors = 0;
  std::size_t representatives = 0;
  std::size_t unused = 0;   ///< representatives that no vector is nearest to
  double distortion = 0;    ///< mean squared distance of a vector to its representative
  std::size_t queries = 0;  ///< that recall is measured with
  /// Every vector is stood for by its representative and ranked by that one's score: the share of the true
  /// ten among the first ten, expected where vectors of one representative tie.
  double recall = 0;
  /// The share of the true ten that is among the vectors of so many nearest representatives.
  struct Reach {
    std::size_t nearest = 0;
    double share = 0;
  };
  std::vector<Reach> reach;
};

/// Compresses a large set of vectors to a given number of representatives by mini-batch k-means.
/// @param source  a catalog's folder, or an .npy file of N x D float32
/// @param out     FILE.npz: `representatives` n x D, `counts` n (float32): the vectors that each stands for;
/// FILE.npy:
///                the representatives alone. Written at once, whole: a kill leaves what was there before
/// @throws Error(not_found, unreadable, corrupt_data, no_space, cancelled; invalid_argument for more
/// representatives than vectors, vectors that are not finite, or another suffix)
CompressReport compress_vectors(const std::filesystem::path& source, const std::filesystem::path& out,
                                const CompressOptions& options, const std::stop_token& stop);

}  // namespace resonance::engine
