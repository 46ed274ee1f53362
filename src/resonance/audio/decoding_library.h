#pragma once

#include "resonance/audio/audio_file.h"

#include <filesystem>
#include <memory>
#include <optional>
#include <span>

/// What lies between this layer and libresonance-decoding.so (the layer `decoding`), which holds all that is
/// FFmpeg's: it comes with a hundred libraries, a search by track needs none of them, and starting with them
/// takes several times as long as the search. Abstract classes are how two libraries speak of one object.
namespace resonance::audio {

/// AudioFile's functions, once the file is open.
class AudioStream {
 public:
  virtual ~AudioStream() = default;
  [[nodiscard]] virtual const Tags& tags() const = 0;
  [[nodiscard]] virtual const AudioInfo& info() const = 0;
  virtual std::optional<std::span<const float>> read() = 0;
  [[nodiscard]] virtual ContentHash content_hash() const = 0;
  [[nodiscard]] virtual const DecodeReport& report() const = 0;
};

/// RateConverter's functions, between two rates that differ.
class RateConversion {
 public:
  virtual ~RateConversion() = default;
  virtual std::span<const float> push(std::span<const float> samples) = 0;
  virtual std::span<const float> finish() = 0;
};

/// What the library can do. Thread-safe.
class DecodingLibrary {
 public:
  virtual ~DecodingLibrary() = default;
  [[nodiscard]] virtual std::unique_ptr<AudioStream> open(const std::filesystem::path& path,
                                                          ChannelLayout layout,
                                                          const DecodeLimits& limits) const = 0;
  [[nodiscard]] virtual AudioProbe probe(const std::filesystem::path& path,
                                         const DecodeLimits& limits) const = 0;
  [[nodiscard]] virtual std::unique_ptr<RateConversion> convert_rate(int input_rate_hz,
                                                                     int output_rate_hz) const = 0;
  [[nodiscard]] virtual AudioSupport support() const = 0;
};

inline constexpr const char* kDecodingLibrary = "libresonance-decoding.so";

/// The one function that the library exports, `extern "C"`.
inline constexpr const char* kDecodingEntry = "resonance_decoding_library";
using DecodingEntry = const DecodingLibrary*();

/// Loads the library if this is the first call in the process. Thread-safe.
/// @throws Error(not_found, version_mismatch) naming the library and what to do
const DecodingLibrary& decoding_library();

}  // namespace resonance::audio
