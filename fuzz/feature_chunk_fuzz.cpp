#include "resonance/cache/feature_chunk.h"
#include "resonance/core/error.h"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

// Any bytes are refused as corrupt, or are a chunk that is kept and read again as the same.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace resonance;
  FeatureBlock block;
  try {
    block = cache::decode_chunk({reinterpret_cast<const char*>(data), size});
  } catch (const Error& error) {
    if (error.code() != ErrorCode::corrupt_data) std::abort();
    return 0;
  }
  const FeatureBlock again = cache::decode_chunk(cache::encode_chunk(block));
  if (again.first_frame != block.first_frame || again.onset != block.onset ||
      again.loudness != block.loudness || again.pitch_peaks != block.pitch_peaks) {
    std::abort();
  }
  return 0;
}
