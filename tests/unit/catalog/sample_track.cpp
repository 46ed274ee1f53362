#include "sample_track.h"

#include <tuple>

namespace resonance::catalog {

ContentHash sample_hash(std::int64_t number) {
  ContentHash hash;
  auto state = static_cast<std::uint64_t>(number + 1);
  for (std::uint8_t& byte : hash.bytes) {
    state = state * 6364136223846793005U + 1442695040888963407U;
    byte = static_cast<std::uint8_t>(state >> 56U);
  }
  return hash;
}

Track sample_track(std::int64_t number) {
  const std::string text = std::to_string(number);
  const auto value = static_cast<float>(number);
  Track track;
  track.path = "/music/" + text + ".mp3";
  track.stamp = {.size_bytes = 1000 + number, .modified_ns = 1'700'000'000'000'000'000 + number};
  track.hash = sample_hash(number);
  track.tags = {.title = "title " + text,
                .artist = "artist " + text,
                .album = "album",
                .album_artist = "various",
                .genre = "jazz",
                .year = 1959,
                .track_number = static_cast<int>(number),
                .replay_gain_track_db = -6.5F,
                .replay_gain_album_db = -7.25F};
  track.audio = {
      .codec = "mp3", .sample_rate_hz = 48000, .channels = 2, .duration_s = 123.456 + double(number)};
  track.description = {.tempo_bpm = 120.1F + value,
                       .tempo_confidence = 0.9F,
                       .key_tonic = static_cast<int>(number % 12),
                       .key_minor = true,
                       .key_confidence = 0.3F,
                       .loudness_lufs = -14.2F,
                       .brightness_hz = 1234.5F,
                       .onsets_per_second = 3.3F,
                       .energy = 0.7F,
                       .duration_s = 123.456F + value};
  track.warning = "12 frames of " + text + " were damaged";
  track.descriptor = std::string("\0\xff descriptor ", 14) + text;
  return track;
}

bool same_content(const Track& a, const Track& b) {
  return std::tie(a.path, a.stamp, a.hash, a.tags, a.audio, a.description, a.warning) ==
         std::tie(b.path, b.stamp, b.hash, b.tags, b.audio, b.description, b.warning);
}

}  // namespace resonance::catalog
