// Any bytes as an .npy file, of embeddings, keys or rows: refused as corrupt, or every value can be read.
#include "resonance/core/error.h"
#include "resonance/core/npy.h"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "memory_file.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace resonance;
  const MemoryFile file({reinterpret_cast<const char*>(data), size});
  try {
    const NpyFile array(file.path());
    double sum = 0;
    if (array.type() == NpyType::float32) {
      for (const float value : array.floats()) sum += static_cast<double>(value);
    } else {
      for (const std::int64_t value : array.integers()) sum += static_cast<double>(value);
    }
    volatile double kept = sum;
    (void)kept;
  } catch (const Error& error) {
    if (error.code() != ErrorCode::corrupt_data) std::abort();
  }
  return 0;
}
