#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

namespace resonance::testing {

/// Mono test signals at 44.1 kHz, deterministic.
std::vector<float> sine(double frequency_hz, double duration_s, float amplitude = 0.5F);
std::vector<float> white_noise(double duration_s, float amplitude = 0.5F, std::uint32_t seed = 1);
/// Short decaying noise bursts at a tempo, starting at time 0.
std::vector<float> clicks(double tempo_bpm, double duration_s, float amplitude = 0.8F);
/// Sum of equal-length signals.
std::vector<float> mix(std::span<const float> a, std::span<const float> b);

/// Writes a 16-bit PCM WAV; `samples` interleaved.
void write_wav16(const std::filesystem::path& path, std::span<const float> samples,
                 int sample_rate_hz = 44100, int channels = 1);
/// Writes a 32-bit float WAV, values as they are (NaN and infinity too).
void write_wav_float(const std::filesystem::path& path, std::span<const float> samples,
                     int sample_rate_hz = 44100, int channels = 1);

}  // namespace resonance::testing
