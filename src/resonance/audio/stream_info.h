#pragma once

#include "resonance/audio/audio_file.h"
#include "resonance/audio/demuxer.h"

#include <string>

namespace resonance::audio {

/// What the container says of the stream, checked against the limits. @throws Error(limit_exceeded)
AudioInfo read_info(const Demuxer& demuxer, const DecodeLimits& limits);

/// @throws Error(limit_exceeded) naming the file, the value and the bound
void check_format(const std::string& name, int sample_rate_hz, int channels, const DecodeLimits& limits);

/// "FILE holds no audio ...", the Error for a stream without packets or without samples.
[[noreturn]] void throw_no_audio(const std::string& name);

}  // namespace resonance::audio
