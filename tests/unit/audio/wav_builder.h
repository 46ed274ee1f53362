#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

namespace resonance::testing {

/// A WAV whose header may say what the data do not: for files that lie.
struct WavBuilder {
  int format = 1;  ///< 1 integer, 3 float
  int bits = 16;
  int sample_rate_hz = 44100;
  int channels = 1;
  std::string data = {};            ///< the bytes of the data chunk
  std::int64_t claimed_bytes = -1;  ///< of the data chunk; negative: data.size()

  [[nodiscard]] std::string header() const;  ///< 44 bytes
  void write(const std::filesystem::path& path) const;
};

void write_file(const std::filesystem::path& path, const std::string& bytes);
std::string read_whole(const std::filesystem::path& path);

}  // namespace resonance::testing
