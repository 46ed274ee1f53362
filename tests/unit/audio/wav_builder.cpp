#include "wav_builder.h"

#include <fstream>
#include <iterator>
#include <stdexcept>

namespace resonance::testing {
namespace {

std::string little_endian(std::uint32_t value, int bytes) {
  std::string text;
  for (int i = 0; i < bytes; ++i) text.push_back(static_cast<char>(value >> (8 * i) & 0xff));
  return text;
}

}  // namespace

std::string WavBuilder::header() const {
  const auto claimed =
      static_cast<std::uint32_t>(claimed_bytes < 0 ? static_cast<std::int64_t>(data.size()) : claimed_bytes);
  const auto rate = static_cast<std::uint32_t>(sample_rate_hz);
  const auto frame_bytes = static_cast<std::uint32_t>(channels * bits / 8);
  return "RIFF" + little_endian(claimed + 36, 4) + "WAVEfmt " + little_endian(16, 4) +
         little_endian(static_cast<std::uint32_t>(format), 2) +
         little_endian(static_cast<std::uint32_t>(channels), 2) + little_endian(rate, 4) +
         little_endian(rate * frame_bytes, 4) + little_endian(frame_bytes, 2) +
         little_endian(static_cast<std::uint32_t>(bits), 2) + "data" + little_endian(claimed, 4);
}

void WavBuilder::write(const std::filesystem::path& path) const { write_file(path, header() + data); }

void write_file(const std::filesystem::path& path, const std::string& bytes) {
  std::ofstream file(path, std::ios::binary);
  file << bytes;
  if (!file.flush()) throw std::runtime_error("cannot write " + path.string());
}

std::string read_whole(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace resonance::testing
