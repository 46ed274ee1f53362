#pragma once

#include "resonance/core/track.h"
#include "resonance/decoding/ffmpeg.h"

namespace resonance::decoding {

/// The tags of a stream and its container (Ogg keeps them in the stream). Text is valid UTF-8, at most 4 kB a
/// field. ReplayGain comes from REPLAYGAIN_* text, else from R128_*_GAIN (Opus: Q7.8 relative to -23 LUFS,
/// brought to ReplayGain 2's -18 LUFS by +5 dB, RFC 7845 section 5.2.1), else from the LAME header of an MP3.
Tags read_tags(const AVFormatContext& container, const AVStream& stream);

}  // namespace resonance::decoding
