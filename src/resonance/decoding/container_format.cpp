#include "resonance/decoding/container_format.h"

#include "resonance/core/error.h"
#include "resonance/decoding/tag_bounds.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace resonance::decoding {
namespace {

enum class Kind { framed, raw_stream, module };

struct Known {
  std::string_view name;  // one of the names FFmpeg's demultiplexer goes by
  Kind kind;
};

// Left out on purpose: everything that opens other files (hls, dash, concat, sdp, image2, playlists), devices
// and generators (lavfi), headerless PCM, video-only and text formats.
constexpr std::array kKnown{
    Known{"aac", Kind::raw_stream},    Known{"ac3", Kind::raw_stream},  Known{"aiff", Kind::framed},
    Known{"amr", Kind::framed},        Known{"ape", Kind::raw_stream},  Known{"asf", Kind::framed},
    Known{"au", Kind::framed},         Known{"avi", Kind::framed},      Known{"caf", Kind::framed},
    Known{"dsf", Kind::framed},        Known{"dts", Kind::raw_stream},  Known{"dtshd", Kind::framed},
    Known{"eac3", Kind::raw_stream},   Known{"flac", Kind::raw_stream}, Known{"iff", Kind::framed},
    Known{"libopenmpt", Kind::module}, Known{"matroska", Kind::framed}, Known{"mov", Kind::framed},
    Known{"mp3", Kind::raw_stream},    Known{"mpc", Kind::raw_stream},  Known{"mpc8", Kind::raw_stream},
    Known{"ogg", Kind::framed},        Known{"tak", Kind::raw_stream},  Known{"tta", Kind::raw_stream},
    Known{"truehd", Kind::raw_stream}, Known{"voc", Kind::framed},      Known{"w64", Kind::framed},
    Known{"wav", Kind::framed},        Known{"wv", Kind::raw_stream},   Known{"xwma", Kind::framed},
};

// Some formats show themselves only in a longer look, e.g. MP3 after padding.
constexpr std::array<std::size_t, 3> kLooks{4 << 10, 64 << 10, 1 << 20};

bool has_name(std::string_view names, std::string_view name) {
  while (!names.empty()) {
    const std::size_t comma = names.find(',');
    if (names.substr(0, comma) == name) return true;
    if (comma == std::string_view::npos) break;
    names.remove_prefix(comma + 1);
  }
  return false;
}

// FFmpeg matches suffixes against a name; it never sees the real one.
std::string name_with_suffix_of(const std::filesystem::path& path) {
  std::string suffix = path.extension().string();
  const bool plain = std::ranges::all_of(std::string_view(suffix).substr(suffix.empty() ? 0 : 1), [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
  });
  return plain && suffix.size() <= 8 ? "audio" + suffix : "audio";
}

struct Guess {
  const AVInputFormat* format = nullptr;
  bool certain = false;
};

Guess best_guess(const FileInput& file, const std::filesystem::path& path) {
  const std::string name = name_with_suffix_of(path);
  const std::int64_t start = start_of_content(file);
  Guess best;
  for (const std::size_t look : kLooks) {
    std::vector<std::uint8_t> bytes(look + AVPROBE_PADDING_SIZE);
    const std::size_t count = file.read_at(start, std::as_writable_bytes(std::span(bytes).first(look)));
    AVProbeData data{};
    data.filename = name.c_str();
    data.buf = bytes.data();
    data.buf_size = static_cast<int>(count);
    int score = 0;
    const AVInputFormat* guess = av_probe_input_format3(&data, 1, &score);
    if (guess != nullptr) best = {guess, score > AVPROBE_SCORE_RETRY};
    if (best.certain || count < look) break;
  }
  return best;
}

// Such a WAV has the largest number, signed or unsigned, rounded down or not, for its length.
bool is_written_to_a_pipe(const FileInput& wav) {
  std::array<std::uint8_t, 4> size{};  // little-endian, after "RIFF"
  if (wav.read_at(4, std::as_writable_bytes(std::span(size))) != size.size()) return false;
  return size[3] == 0xFF || (size[3] == 0x7F && size[2] == 0xFF) || (size[3] == 0x80 && size[2] == 0x00);
}

}  // namespace

ContainerFormat recognise(const FileInput& file, const std::filesystem::path& path) {
  const auto [format, certain] = best_guess(file, path);
  if (format == nullptr)
    throw Error(ErrorCode::unsupported_format, path.string() + " is no audio file of a format FFmpeg knows");
  for (const Known& known : kKnown) {
    if (has_name(format->name, known.name)) {
      return {.demuxer = format,
              .certain = certain,
              .is_module = known.kind == Kind::module,
              .is_raw_stream = known.kind == Kind::raw_stream,
              .of_unknown_length = known.name == "wav" && is_written_to_a_pipe(file)};
    }
  }
  throw Error(ErrorCode::unsupported_format,
              path.string() + " is no audio file: it looks like \"" + format->name + '"');
}

}  // namespace resonance::decoding
