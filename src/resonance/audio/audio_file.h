#pragma once

#include "resonance/core/content_hash.h"
#include "resonance/core/track.h"

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>

namespace resonance::audio {

class AudioStream;

enum class ChannelLayout { mono, stereo };

/// What a file may cost before it is refused; every bound has an error that names the file and the bound.
struct DecodeLimits {
  double max_duration_s = 24 * 3600;  ///< of decoded audio
  int max_channels = 64;
  int max_sample_rate_hz = 768000;
  int min_sample_rate_hz = 1000;
  std::int64_t max_decoded_samples = 100'000'000'000;  ///< of all channels, before downmixing and resampling
};

/// What did not go as it should and did not end the decoding.
struct DecodeReport {
  std::int64_t packets = 0;          ///< audio packets read
  std::int64_t damaged_packets = 0;  ///< of these, the decoder refused
  std::int64_t invalid_samples = 0;  ///< NaN or infinite, replaced by 0
  bool truncated = false;            ///< the container ended before its own end
};

/// One audio file, decoded as a stream of 44.1 kHz float32 samples in the memory of one block.
///
/// Opens local files only: no network protocol, no playlist, concat or other demuxer that opens further
/// files. Integer formats scale to [-1, 1]; float files may exceed it and are passed on as they are.
/// Downmixing to mono is the mean of all channels. Movable; not thread-safe: one thread a file.
class AudioFile {
 public:
  /// Opens the file and reads tags and stream parameters, decoding nothing yet.
  /// @throws Error(not_found, unreadable, unsupported_format, corrupt_data, limit_exceeded) naming the file
  explicit AudioFile(const std::filesystem::path& path, ChannelLayout layout = ChannelLayout::mono,
                     const DecodeLimits& limits = {});
  ~AudioFile();
  AudioFile(AudioFile&&) noexcept;
  AudioFile& operator=(AudioFile&&) noexcept;
  AudioFile(const AudioFile&) = delete;
  AudioFile& operator=(const AudioFile&) = delete;

  [[nodiscard]] const Tags& tags() const;
  [[nodiscard]] const AudioInfo& info()
      const;  ///< duration_s is what was decoded, once read() has returned nothing

  /// The next samples (mono, or stereo interleaved), never empty and at most 1 s; nothing at the end of the
  /// file. The span is valid until the next call. Damaged packets are skipped and counted.
  /// @throws Error(corrupt_data) when nothing at all could be decoded; Error(limit_exceeded)
  std::optional<std::span<const float>> read();

  /// Hash of the compressed audio packets read so far: the file's content hash once read() has returned
  /// nothing.
  [[nodiscard]] ContentHash content_hash() const;
  [[nodiscard]] const DecodeReport& report() const;

 private:
  std::unique_ptr<AudioStream> stream_;
};

/// What a file is, without decoding it: demultiplexes once and hashes the audio packets.
struct AudioProbe {
  ContentHash hash;
  Tags tags;
  AudioInfo info;
};
/// @throws as AudioFile
AudioProbe probe(const std::filesystem::path& path, const DecodeLimits& limits = {});

/// Loads what decodes, which the first file does otherwise: a batch that begins with this ends where decoding
/// is not possible at all, instead of failing file by file. Thread-safe.
/// @throws Error(not_found, version_mismatch) naming the missing library and what to do; so does all else
/// here
void require_decoder();

/// Whether `path` has a suffix that FFmpeg's audio formats use; what a folder scan looks at.
bool has_audio_suffix(const std::filesystem::path& path);

/// Names and versions of the decoding libraries, for `doctor`; `module_music` says whether tracker modules
/// decode.
struct AudioSupport {
  std::string libraries;
  bool module_music = false;
};
AudioSupport audio_support();

}  // namespace resonance::audio
