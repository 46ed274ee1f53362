#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace resonance {

/// What a file says of itself. Text is UTF-8 as found (broken bytes replaced); empty where the file says
/// nothing.
struct Tags {
  std::string title;
  std::string artist;
  std::string album;
  std::string album_artist;
  std::string genre;
  std::optional<int> year;
  std::optional<int> track_number;
  std::optional<float> replay_gain_track_db;
  std::optional<float> replay_gain_album_db;

  friend bool operator==(const Tags&, const Tags&) = default;
};

/// What the decoder found in a file.
struct AudioInfo {
  std::string codec;       ///< FFmpeg's short name, e.g. "mp3"
  int sample_rate_hz = 0;  ///< of the file, before resampling
  int channels = 0;        ///< of the file, before downmixing
  double duration_s = 0;   ///< of what was decoded; before decoding, what the container claims (0 if nothing)

  friend bool operator==(const AudioInfo&, const AudioInfo&) = default;
};

}  // namespace resonance
