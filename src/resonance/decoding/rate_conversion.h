#pragma once

#include "resonance/audio/decoding_library.h"

#include <memory>

namespace resonance::decoding {

/// What audio::RateConverter does: FFmpeg's windowed-sinc polyphase filter, without delay.
/// @throws Error(internal) if FFmpeg cannot
std::unique_ptr<audio::RateConversion> convert_rate(int input_rate_hz, int output_rate_hz);

}  // namespace resonance::decoding
