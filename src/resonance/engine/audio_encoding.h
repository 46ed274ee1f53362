#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

namespace resonance::engine {

/// How a piece of a recording is changed before it is asked for: what happens to music on its way to an ear.
struct AudioEncoding {
  std::string name;   ///< as written
  std::string codec;  ///< mp3, opus, aac or vorbis; empty: none, WAV
  int bit_rate_kbps = 0;
  std::optional<double> low_pass_hz{};
  std::optional<double> gain_db{};
};

/// "mp3:64", "opus:32", "aac:96", "vorbis:64", "lowpass:8000", "gain:-9", or several joined by "+", a codec
/// once.
/// @throws Error(invalid_argument) that says what is possible
AudioEncoding parse_encoding(std::string_view text);

/// Writes the piece [start_s, start_s + length_s) of a file, changed, into `out` plus a suffix, by the
/// program `ffmpeg`. @return the file's path
/// @throws Error(not_found) if there is no such program, Error(unsupported_format) naming the file if it
/// fails
std::filesystem::path write_encoded(const std::filesystem::path& file, double start_s, double length_s,
                                    const AudioEncoding& encoding, const std::filesystem::path& out);

}  // namespace resonance::engine
