#include "resonance/audio/audio_file.h"

#include "resonance/audio/decoding_library.h"

namespace resonance::audio {

AudioFile::AudioFile(const std::filesystem::path& path, ChannelLayout layout, const DecodeLimits& limits)
    : stream_(decoding_library().open(path, layout, limits)) {}

AudioFile::~AudioFile() = default;
AudioFile::AudioFile(AudioFile&&) noexcept = default;
AudioFile& AudioFile::operator=(AudioFile&&) noexcept = default;

const Tags& AudioFile::tags() const { return stream_->tags(); }
const AudioInfo& AudioFile::info() const { return stream_->info(); }
std::optional<std::span<const float>> AudioFile::read() { return stream_->read(); }
ContentHash AudioFile::content_hash() const { return stream_->content_hash(); }
const DecodeReport& AudioFile::report() const { return stream_->report(); }

AudioProbe probe(const std::filesystem::path& path, const DecodeLimits& limits) {
  return decoding_library().probe(path, limits);
}

void require_decoder() { (void)decoding_library(); }

AudioSupport audio_support() { return decoding_library().support(); }

}  // namespace resonance::audio
