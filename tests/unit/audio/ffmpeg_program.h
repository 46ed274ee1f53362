#pragma once

#include <filesystem>
#include <ostream>
#include <string>
#include <vector>

namespace resonance::testing {

using Arguments = std::vector<std::string>;

/// Runs the `ffmpeg` program silently; throws std::runtime_error with the command if it fails.
void run_ffmpeg(const Arguments& arguments);

/// A way to encode: the name of a test file, FFmpeg's output options, and what to expect of the result.
struct Encoding {
  std::string file;
  Arguments options;
  std::string codec;              ///< as AudioInfo calls it
  double length_tolerance_s = 0;  ///< formats that say nothing of encoder delay or padding come back longer
  double level_tolerance = 0.02;  ///< relative

  // NOLINTNEXTLINE(readability-identifier-naming): the name GoogleTest looks for
  friend void PrintTo(const Encoding& encoding, std::ostream* stream) { *stream << encoding.file; }
};

/// Names a parameterised test after its parameter's `file`.
struct NamedByFile {
  template <typename Info>
  std::string operator()(const Info& parameter) const {
    std::string name = parameter.param.file;
    for (char& c : name) c = c == '.' ? '_' : c;
    return name;
  }
};

/// One encoding a format that the ffmpeg program can write.
const std::vector<Encoding>& encodings();

/// Encodes `source` as `encoding` into `directory`, with tags of the form "key=value". @return the file
std::filesystem::path encode(const Encoding& encoding, const std::filesystem::path& source,
                             const std::filesystem::path& directory, const Arguments& tags = {});

}  // namespace resonance::testing
