#pragma once

#include "resonance/audio/audio_file.h"
#include "resonance/decoding/demuxer.h"

#include <string>

namespace resonance::decoding {

/// What the container says of the stream, checked against the limits. @throws Error(limit_exceeded)
AudioInfo read_info(const Demuxer& demuxer, const audio::DecodeLimits& limits);

/// @throws Error(limit_exceeded) naming the file, the value and the bound
void check_format(const std::string& name, int sample_rate_hz, int channels,
                  const audio::DecodeLimits& limits);

/// "FILE holds no audio ...", the Error for a stream without packets or without samples.
[[noreturn]] void throw_no_audio(const std::string& name);

}  // namespace resonance::decoding
