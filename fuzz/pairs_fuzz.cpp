// Any text as pairs.json: refused, or pairs of tracks that there are.
#include "resonance/core/error.h"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>
#include <vector>

#include "training/data/pairs.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace resonance;
  std::vector<training::TrackInfo> tracks(3);
  tracks[0].path = "a";
  tracks[1].path = "d/b";
  tracks[2].path = "e/b";
  tracks[2].id = "2";
  try {
    const auto pairs =
        training::parse_pairs({reinterpret_cast<const char*>(data), size}, tracks, "the pairs");
    for (const auto& [a, b] : pairs) {
      if (a >= tracks.size() || b >= tracks.size()) std::abort();
    }
    if (training::joined_by(pairs, tracks.size()).size() != tracks.size()) std::abort();
  } catch (const Error& error) {
    const bool known = error.code() == ErrorCode::corrupt_data || error.code() == ErrorCode::not_found ||
                       error.code() == ErrorCode::invalid_argument;
    if (!known) std::abort();
  }
  return 0;
}
