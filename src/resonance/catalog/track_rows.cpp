#include "resonance/catalog/track_rows.h"

#include "resonance/core/error.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

namespace resonance::catalog {
namespace {

// Order of read_track() and of store_track()'s bind, which follow each other's text.
constexpr std::array<std::string_view, 29> kColumns{"id",
                                                    "path",
                                                    "size_bytes",
                                                    "modified_ns",
                                                    "hash",
                                                    "title",
                                                    "artist",
                                                    "album",
                                                    "album_artist",
                                                    "genre",
                                                    "year",
                                                    "track_number",
                                                    "replay_gain_track_db",
                                                    "replay_gain_album_db",
                                                    "codec",
                                                    "sample_rate_hz",
                                                    "channels",
                                                    "duration_s",
                                                    "tempo_bpm",
                                                    "tempo_confidence",
                                                    "key_tonic",
                                                    "key_minor",
                                                    "key_confidence",
                                                    "loudness_lufs",
                                                    "brightness_hz",
                                                    "onsets_per_second",
                                                    "energy",
                                                    "described_s",
                                                    "warning"};

std::string upsert_text() {
  std::string names;
  std::string places;
  std::string updates;
  for (const std::string_view column : kColumns) {
    const std::string_view comma = names.empty() ? "" : ", ";
    names.append(comma).append(column);
    places.append(comma).append("?");
    updates.append(comma).append(column).append(" = excluded.").append(column);
  }
  return "INSERT INTO tracks(" + names + ") VALUES(" + places + ") ON CONFLICT(path) DO UPDATE SET " +
         updates;
}

float to_float(double value) {
  constexpr double kMost = std::numeric_limits<float>::max();
  return static_cast<float>(std::clamp(value, -kMost, kMost));
}

std::optional<float> to_float(std::optional<double> value) {
  return value ? std::optional(to_float(*value)) : std::nullopt;
}

std::optional<int> to_int(std::optional<std::int64_t> value) {
  return value ? std::optional(static_cast<int>(*value)) : std::nullopt;
}

// "0123456789abcdef", or with the first free of "-2", "-3" ... while other tracks have it.
std::string free_id(sqlite::Database& database, const ContentHash& hash) {
  const std::string base = to_hex(hash).substr(0, 16);
  std::string id = base;
  sqlite::Statement taken = database.prepare("SELECT 1 FROM tracks WHERE id = ?");
  for (int copy = 2; taken.bind(id).step(); ++copy) id = base + "-" + std::to_string(copy);
  return id;
}

// SQLite would store NaN as NULL and then refuse it as a broken constraint.
void require_numbers(const Track& track) {
  const Description& about = track.description;
  for (const double value :
       {track.audio.duration_s, double{about.tempo_bpm}, double{about.tempo_confidence},
        double{about.key_confidence}, double{about.loudness_lufs}, double{about.brightness_hz},
        double{about.onsets_per_second}, double{about.energy}, double{about.duration_s}}) {
    if (!std::isfinite(value)) {
      throw Error(ErrorCode::invalid_argument,
                  "the description of " + track.path + " has a value that is no number");
    }
  }
}

}  // namespace

std::string select_tracks(std::string_view rest) {
  std::string text = "SELECT key";
  for (const std::string_view column : kColumns) text.append(", ").append(column);
  return text.append(" ").append(rest);
}

Track read_track(sqlite::Statement& row, std::string_view path) {
  Track track;
  track.key = row.integer();
  track.id = row.text();
  track.path = row.blob();
  track.stamp.size_bytes = row.integer();
  track.stamp.modified_ns = row.integer();
  track.hash = read_hash(row, path);
  track.tags.title = row.text();
  track.tags.artist = row.text();
  track.tags.album = row.text();
  track.tags.album_artist = row.text();
  track.tags.genre = row.text();
  track.tags.year = to_int(row.optional_integer());
  track.tags.track_number = to_int(row.optional_integer());
  track.tags.replay_gain_track_db = to_float(row.optional_real());
  track.tags.replay_gain_album_db = to_float(row.optional_real());
  track.audio.codec = row.text();
  track.audio.sample_rate_hz = static_cast<int>(row.integer());
  track.audio.channels = static_cast<int>(row.integer());
  track.audio.duration_s = row.real();
  Description& about = track.description;
  about.tempo_bpm = to_float(row.real());
  about.tempo_confidence = to_float(row.real());
  about.key_tonic = static_cast<int>(row.integer());
  about.key_minor = row.integer() != 0;
  about.key_confidence = to_float(row.real());
  about.loudness_lufs = to_float(row.real());
  about.brightness_hz = to_float(row.real());
  about.onsets_per_second = to_float(row.real());
  about.energy = to_float(row.real());
  about.duration_s = to_float(row.real());
  track.warning = row.text();
  return track;
}

ContentHash read_hash(sqlite::Statement& row, std::string_view path) {
  ContentHash hash;
  const std::string_view bytes = row.blob_view();
  if (bytes.size() != hash.bytes.size()) {
    throw Error(ErrorCode::corrupt_data,
                std::string(path) +
                    " is damaged (a content hash of the wrong size); delete the folder and "
                    "run `resonance index` again");
  }
  std::copy(bytes.begin(), bytes.end(), hash.bytes.begin());
  return hash;
}

std::string_view view_of(const ContentHash& hash) {
  return {reinterpret_cast<const char*>(hash.bytes.data()), hash.bytes.size()};
}

void store_track(sqlite::Database& database, Track& track) {
  require_numbers(track);
  sqlite::Statement same = database.prepare("SELECT key, id, hash FROM tracks WHERE path = ?");
  const bool known = same.bind(sqlite::Blob{track.path}).step();
  if (known) track.key = same.integer();
  const std::string known_id = known ? same.text() : "";
  const bool same_content = known && same.blob_view() == view_of(track.hash);
  track.id = same_content ? known_id : free_id(database, track.hash);

  static const std::string kUpsert = upsert_text();
  const Tags& tags = track.tags;
  const AudioInfo& audio = track.audio;
  const Description& about = track.description;
  database.prepare(kUpsert)
      .bind(track.id, sqlite::Blob{track.path}, track.stamp.size_bytes, track.stamp.modified_ns,
            sqlite::Blob{view_of(track.hash)}, tags.title, tags.artist, tags.album, tags.album_artist,
            tags.genre, tags.year, tags.track_number, tags.replay_gain_track_db, tags.replay_gain_album_db,
            audio.codec, audio.sample_rate_hz, audio.channels, audio.duration_s, about.tempo_bpm,
            about.tempo_confidence, about.key_tonic, about.key_minor, about.key_confidence,
            about.loudness_lufs, about.brightness_hz, about.onsets_per_second, about.energy, about.duration_s,
            track.warning)
      .run();
  if (!known) track.key = database.last_key();
}

}  // namespace resonance::catalog
