#include "resonance/core/error.h"
#include "resonance/embedding/descriptor.h"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

/// Whatever the bytes are, decoding ends in a descriptor that encodes to these very bytes, or in an Error.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace resonance;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  try {
    if (embedding::encode(embedding::decode_descriptor(bytes)) != bytes) std::abort();
  } catch (const Error&) {
  }
  return 0;
}
