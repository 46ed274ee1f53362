#include "resonance/core/crc32.h"
#include "resonance/core/error.h"
#include "resonance/embedding/projection.h"

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

/// Whatever the bytes are, reading ends in a projection that projects, or in an Error. The checksum is put
/// right, or the fuzzer would never get past it.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace resonance;
  std::string bytes(reinterpret_cast<const char*>(data), size);
  const std::uint32_t checksum = crc32(0, bytes);
  bytes.append(reinterpret_cast<const char*>(&checksum), sizeof checksum);
  try {
    const auto projection = embedding::Projection::deserialize(bytes);
    if (projection.serialize() != bytes) std::abort();
    embedding::Descriptor descriptor;
    const auto dimensions = projection.input_dimensions();
    descriptor.timbre.assign(dimensions[0], 1.0F);
    descriptor.harmony.assign(dimensions[1], -60000.0F);
    descriptor.rhythm.assign(dimensions[2], 0.5F);
    for (const float value : projection.project(descriptor).fused) {
      if (!std::isfinite(value)) std::abort();
    }
  } catch (const Error&) {
  }
  return 0;
}
