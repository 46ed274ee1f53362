#pragma once

#include "resonance/audio/audio_file.h"

#include <cstddef>
#include <filesystem>
#include <span>
#include <vector>

namespace resonance::testing {

/// Everything an AudioFile says of a file that is read to its end.
struct DecodedAudio {
  std::vector<float> samples;
  Tags tags;
  AudioInfo info;
  ContentHash hash;
  audio::DecodeReport report;
  std::size_t longest_block = 0;  ///< samples
};

DecodedAudio decode(const std::filesystem::path& path,
                    audio::ChannelLayout layout = audio::ChannelLayout::mono,
                    const audio::DecodeLimits& limits = {});

/// Every `channels`-th sample from `channel` on.
std::vector<float> channel_of(std::span<const float> interleaved, std::size_t channel,
                              std::size_t channels = 2);

float rms(std::span<const float> samples);

/// Amplitude of the sine at `frequency_hz` in `samples` (44.1 kHz), by correlation with it: Goertzel's
/// algorithm without the recursion. The ends, where codecs fade in and out, are left out.
float tone_amplitude(std::span<const float> samples, double frequency_hz);

}  // namespace resonance::testing
