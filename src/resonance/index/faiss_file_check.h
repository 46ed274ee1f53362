#pragma once

#include "resonance/index/vector_index.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace resonance::index {

/// What a FAISS index file says of itself.
struct FaissFileShape {
  std::size_t rows = 0;
  std::size_t dimensions = 0;
  Metric metric = Metric::inner_product;

  friend bool operator==(const FaissFileShape&, const FaissFileShape&) = default;
};

/// Walks the records of a FAISS 1.7.3 index file before FAISS reads it, which trusts its input: every length
/// against the bytes that are left, every count, identifier, level and offset against what it counts or
/// points into, every switch against its values, every float of codebooks and raw vectors for being a number.
/// What passes can be read and searched without leaving the memory that belongs to it, and needs memory in
/// proportion to the file.
///
/// Known are the kinds that FactoryIndex writes: flat, scalar and product quantizers, FastScan or not, alone,
/// in inverted lists, or below HNSW; behind linear transforms, centring and normalisation.
/// @param bytes  the whole file
/// @param name   of the file, for the message
/// @throws Error(corrupt_data) naming the file, where it breaks off or lies, and the remedy
FaissFileShape check_faiss_file(std::span<const std::byte> bytes, const std::string& name);

}  // namespace resonance::index
