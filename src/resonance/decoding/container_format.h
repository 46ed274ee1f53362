#pragma once

#include "resonance/decoding/ffmpeg.h"
#include "resonance/decoding/file_input.h"

#include <filesystem>

namespace resonance::decoding {

/// The container of a file, recognised by its bytes (its suffix only breaks ties), and what Resonance knows
/// of it.
struct ContainerFormat {
  const AVInputFormat* demuxer = nullptr;
  bool certain = false;    ///< by what the file holds; otherwise little more than the suffix speaks for it
  bool is_module = false;  ///< tracker music: the demultiplexer itself renders it to PCM
  bool is_raw_stream = false;  ///< codec frames one after the other, found by their sync words
  bool of_unknown_length =
      false;  ///< written to a pipe, which could not know the length it writes at the start
};

/// Recognises a file among the audio formats Resonance opens: a closed list, none of which refers to other
/// files.
/// @throws Error(unsupported_format) naming the file, for everything else (playlists, pictures, text, ...)
ContainerFormat recognise(const FileInput& file, const std::filesystem::path& path);

}  // namespace resonance::decoding
