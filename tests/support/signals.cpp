#include "support/signals.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <fstream>
#include <numbers>
#include <random>
#include <stdexcept>

namespace resonance::testing {
namespace {

constexpr double kRate = 44100;

std::size_t length_of(double duration_s) { return static_cast<std::size_t>(std::lround(duration_s * kRate)); }

void append(std::string& bytes, std::uint32_t value, int count) {
  for (int i = 0; i < count; ++i) bytes.push_back(static_cast<char>(value >> (8 * i) & 0xff));
}

void write_wav(const std::filesystem::path& path, const std::string& data, int format, int bits,
               int sample_rate_hz, int channels) {
  const auto frame_bytes = static_cast<std::uint32_t>(channels * bits / 8);
  std::string header = "RIFF";
  append(header, static_cast<std::uint32_t>(36 + data.size()), 4);
  header += "WAVEfmt ";
  append(header, 16, 4);
  append(header, static_cast<std::uint32_t>(format), 2);
  append(header, static_cast<std::uint32_t>(channels), 2);
  append(header, static_cast<std::uint32_t>(sample_rate_hz), 4);
  append(header, static_cast<std::uint32_t>(sample_rate_hz) * frame_bytes, 4);
  append(header, frame_bytes, 2);
  append(header, static_cast<std::uint32_t>(bits), 2);
  header += "data";
  append(header, static_cast<std::uint32_t>(data.size()), 4);
  std::ofstream file(path, std::ios::binary);
  file << header << data;
  if (!file) throw std::runtime_error("cannot write " + path.string());
}

}  // namespace

std::vector<float> sine(double frequency_hz, double duration_s, float amplitude) {
  std::vector<float> samples(length_of(duration_s));
  for (std::size_t i = 0; i < samples.size(); ++i) {
    const double phase = 2 * std::numbers::pi * frequency_hz * static_cast<double>(i) / kRate;
    samples[i] = amplitude * static_cast<float>(std::sin(phase));
  }
  return samples;
}

std::vector<float> white_noise(double duration_s, float amplitude, std::uint32_t seed) {
  std::mt19937 generator(seed);
  std::vector<float> samples(length_of(duration_s));
  for (float& sample : samples) {
    sample = amplitude * (static_cast<float>(generator() >> 8) / static_cast<float>(1 << 23) - 1.0F);
  }
  return samples;
}

std::vector<float> clicks(double tempo_bpm, double duration_s, float amplitude) {
  std::vector<float> samples(length_of(duration_s));
  const std::vector<float> burst = white_noise(0.05, amplitude);
  for (int beat = 0;; ++beat) {
    const auto start = static_cast<std::size_t>(std::lround(beat * 60.0 / tempo_bpm * kRate));
    if (start >= samples.size()) return samples;
    for (std::size_t i = 0; i < burst.size() && start + i < samples.size(); ++i) {
      samples[start + i] += burst[i] * std::exp(-static_cast<float>(i) / 400.0F);
    }
  }
}

std::vector<float> mix(std::span<const float> a, std::span<const float> b) {
  std::vector<float> sum(a.begin(), a.end());
  for (std::size_t i = 0; i < std::min(a.size(), b.size()); ++i) sum[i] += b[i];
  return sum;
}

void write_wav16(const std::filesystem::path& path, std::span<const float> samples, int sample_rate_hz,
                 int channels) {
  std::string data;
  data.reserve(samples.size() * 2);
  for (const float sample : samples) {
    const auto value = static_cast<std::int16_t>(std::lround(std::clamp(sample, -1.0F, 1.0F) * 32767.0F));
    append(data, static_cast<std::uint16_t>(value), 2);
  }
  write_wav(path, data, 1, 16, sample_rate_hz, channels);
}

void write_wav_float(const std::filesystem::path& path, std::span<const float> samples, int sample_rate_hz,
                     int channels) {
  std::string data;
  data.reserve(samples.size() * 4);
  for (const float sample : samples) append(data, std::bit_cast<std::uint32_t>(sample), 4);
  write_wav(path, data, 3, 32, sample_rate_hz, channels);
}

}  // namespace resonance::testing
