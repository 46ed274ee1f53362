// Any bytes as a teacher's vectors: an .npz file, or (first byte odd) one array of it, which the checksums of
// a zip would keep the fuzzer from. Refused as corrupt, or as many numbers as the shape says.
#include "resonance/core/error.h"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "memory_file.h"
#include "training/data/npz_reader.h"

namespace {

void check(const resonance::training::NumberArray& array) {
  if (array.values.size() != array.rows * array.cols) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace resonance;
  if (size == 0) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  try {
    if (data[0] % 2 == 1) {
      check(training::parse_npy(bytes, "fuzz"));
    } else {
      const MemoryFile file(bytes);
      for (const training::NamedArray& named : training::read_arrays(file.path())) check(named.array);
    }
  } catch (const Error& error) {
    if (error.code() != ErrorCode::corrupt_data) std::abort();
  }
  return 0;
}
