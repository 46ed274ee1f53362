// Any bytes as an audio file: read to the end and probed, in bounded time and memory, ending in audio or in
// an Error. Seeds: fuzz/make_audio_seeds DIRECTORY.
#include "resonance/audio/audio_file.h"
#include "resonance/core/error.h"

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "memory_file.h"

namespace {

using resonance::Error;
using resonance::audio::AudioFile;
using resonance::audio::ChannelLayout;
using resonance::audio::DecodeLimits;

constexpr DecodeLimits kLimits{.max_duration_s = 60, .max_decoded_samples = 20'000'000};

void read_through(const std::string& path, ChannelLayout layout) {
  AudioFile file(path, layout, kLimits);
  while (const auto block = file.read()) {
    if (block->empty() || block->size() > 2 * 44100) std::abort();
    for (const float sample : *block) {
      if (!std::isfinite(sample)) std::abort();
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const MemoryFile file({reinterpret_cast<const char*>(data), size});
  try {
    read_through(file.path(), size % 2 == 0 ? ChannelLayout::mono : ChannelLayout::stereo);
  } catch (const Error&) {
  }
  try {
    resonance::audio::probe(file.path(), kLimits);
  } catch (const Error&) {
  }
  return 0;
}
