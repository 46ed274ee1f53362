#include "decoded_audio.h"

#include <algorithm>
#include <cmath>
#include <complex>
#include <numbers>

namespace resonance::testing {

DecodedAudio decode(const std::filesystem::path& path, audio::ChannelLayout layout,
                    const audio::DecodeLimits& limits) {
  audio::AudioFile file(path, layout, limits);
  DecodedAudio decoded;
  while (const auto block = file.read()) {
    decoded.samples.insert(decoded.samples.end(), block->begin(), block->end());
    decoded.longest_block = std::max(decoded.longest_block, block->size());
  }
  decoded.tags = file.tags();
  decoded.info = file.info();
  decoded.hash = file.content_hash();
  decoded.report = file.report();
  return decoded;
}

std::vector<float> channel_of(std::span<const float> interleaved, std::size_t channel, std::size_t channels) {
  std::vector<float> samples;
  for (std::size_t i = channel; i < interleaved.size(); i += channels) samples.push_back(interleaved[i]);
  return samples;
}

float rms(std::span<const float> samples) {
  double sum = 0;
  for (const float sample : samples) sum += static_cast<double>(sample) * sample;
  return samples.empty() ? 0 : static_cast<float>(std::sqrt(sum / static_cast<double>(samples.size())));
}

float tone_amplitude(std::span<const float> samples, double frequency_hz) {
  const std::size_t margin = samples.size() / 8;
  const std::span<const float> middle = samples.subspan(margin, samples.size() - 2 * margin);
  std::complex<double> sum = 0;
  for (std::size_t i = 0; i < middle.size(); ++i) {
    const double phase = 2 * std::numbers::pi * frequency_hz * static_cast<double>(i) / 44100;
    sum += static_cast<double>(middle[i]) * std::polar(1.0, -phase);
  }
  return static_cast<float>(2 * std::abs(sum) / static_cast<double>(middle.size()));
}

}  // namespace resonance::testing
