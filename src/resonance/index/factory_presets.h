#pragma once

#include <cstddef>
#include <string>

namespace resonance::index {

/// A FAISS factory string and the settings to begin with.
struct FactoryPreset {
  std::string factory;
  std::size_t nprobe = 0;
  std::size_t ef_search = 0;
  double k_factor = 0;

  friend bool operator==(const FactoryPreset&, const FactoryPreset&) = default;
};

/// Lists by the least that training is content with: nlist = N / 39 (FAISS wants 39 points a centroid),
/// looked into by nprobe = nlist^0.3.
/// @param code  what follows the lists, "Flat" or "PQ128x4fs,RFlat"
FactoryPreset ivf_by_training(std::size_t rows, const std::string& code);

/// nlist = factor * sqrt(N): FAISS's guidelines say 4 to 16. nprobe = nlist^0.3.
/// @param factor  above 0 and finite @throws Error(invalid_argument) otherwise
FactoryPreset ivf_by_square_root(std::size_t rows, double factor, const std::string& code);

/// "IVF1024,PQ128x4fs,RFlat": the known good one below a million rows of 512 dimensions. The parts follow the
/// dimension, 4 dimensions each where that divides it. nlist shrinks to N / 39 where that is less.
FactoryPreset fast_scan(std::size_t rows, std::size_t dimensions);

/// "HNSW32" with efSearch 64.
FactoryPreset hnsw();

}  // namespace resonance::index
