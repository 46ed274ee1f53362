#pragma once

#include "resonance/audio/decoding_library.h"

#include <filesystem>
#include <memory>

namespace resonance::decoding {

/// What audio::AudioFile does, and throws.
std::unique_ptr<audio::AudioStream> open_file(const std::filesystem::path& path, audio::ChannelLayout layout,
                                              const audio::DecodeLimits& limits);

/// What audio::probe does, and throws.
audio::AudioProbe probe(const std::filesystem::path& path, const audio::DecodeLimits& limits);

}  // namespace resonance::decoding
