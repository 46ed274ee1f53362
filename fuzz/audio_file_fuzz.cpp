// Any bytes as an audio file: read to the end and probed, in bounded time and memory, ending in audio or in
// an Error. Seeds: fuzz/make_audio_seeds DIRECTORY.
#include "resonance/audio/audio_file.h"
#include "resonance/core/error.h"

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include <sys/mman.h>
#include <unistd.h>

namespace {

using resonance::Error;
using resonance::audio::AudioFile;
using resonance::audio::ChannelLayout;
using resonance::audio::DecodeLimits;

// The bytes as a regular file that never touches a disk.
class MemoryFile {
 public:
  MemoryFile(const std::uint8_t* data, std::size_t size) : descriptor_(::memfd_create("audio", MFD_CLOEXEC)) {
    if (descriptor_ < 0 || ::write(descriptor_, data, size) != static_cast<ssize_t>(size)) std::abort();
  }
  ~MemoryFile() { ::close(descriptor_); }
  MemoryFile(const MemoryFile&) = delete;
  MemoryFile& operator=(const MemoryFile&) = delete;

  [[nodiscard]] std::string path() const { return "/proc/self/fd/" + std::to_string(descriptor_); }

 private:
  int descriptor_;
};

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
  const MemoryFile file(data, size);
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
