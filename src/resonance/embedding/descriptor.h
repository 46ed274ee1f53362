#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace resonance::embedding {

/// What a model says of one track (or segment) by itself, before the library is known. Its dimensions are the
/// model's. The catalog keeps descriptors: embeddings can be made anew from them without audio.
struct Descriptor {
  std::vector<float> timbre;
  std::vector<float> harmony;
  std::vector<float> rhythm;
  /// Of models that mix the three into a vector of its own; empty where their concatenation is that vector.
  std::vector<float> fused = {};

  friend bool operator==(const Descriptor&, const Descriptor&) = default;
};

/// The values as encode() keeps them: float16, saturated at +-65504, 0 for NaN. Embedders return rounded
/// descriptors, so that a track analysed now and one read from a catalog are the same point.
Descriptor rounded(Descriptor descriptor);

/// Self-describing bytes for the catalog: "RDS1", then for timbre, harmony and rhythm a uint32 count and that
/// many float16 values, little-endian; with a fused vector "RDS2", and that vector likewise at the end. Keeps
/// rounded(descriptor).
/// @throws Error(limit_exceeded) beyond 65536 dimensions
std::string encode(const Descriptor& descriptor);
/// @throws Error(corrupt_data) unless `bytes` is a whole encoded descriptor
Descriptor decode_descriptor(std::string_view bytes);

/// A point in the space that is searched. Every part has unit length, or is zero where there is nothing to
/// say (silence); `fused` has 512 dimensions.
struct Embedding {
  std::vector<float> fused;
  std::vector<float> timbre;
  std::vector<float> harmony;
  std::vector<float> rhythm;
};

}  // namespace resonance::embedding
