#include "resonance/catalog/catalog_file.h"

#include "resonance/core/atomic_file.h"
#include "resonance/core/error.h"
#include "resonance/sqlite/schema.h"

#include <array>
#include <string>
#include <system_error>

#include <unistd.h>

namespace resonance::catalog {
namespace {

// Columns rather than one document: later filters ("genre = 'jazz' AND tempo_bpm > 120") are SQL.
// Descriptors have a table of their own, so that reading everything else does not page through them.
constexpr const char* kVersion1 = R"sql(
CREATE TABLE tracks(
  key INTEGER PRIMARY KEY AUTOINCREMENT,
  id TEXT NOT NULL UNIQUE,
  path BLOB NOT NULL UNIQUE,
  size_bytes INTEGER NOT NULL,
  modified_ns INTEGER NOT NULL,
  hash BLOB NOT NULL,
  title TEXT NOT NULL,
  artist TEXT NOT NULL,
  album TEXT NOT NULL,
  album_artist TEXT NOT NULL,
  genre TEXT NOT NULL,
  year INTEGER,
  track_number INTEGER,
  replay_gain_track_db REAL,
  replay_gain_album_db REAL,
  codec TEXT NOT NULL,
  sample_rate_hz INTEGER NOT NULL,
  channels INTEGER NOT NULL,
  duration_s REAL NOT NULL,
  tempo_bpm REAL NOT NULL,
  tempo_confidence REAL NOT NULL,
  key_tonic INTEGER NOT NULL,
  key_minor INTEGER NOT NULL,
  key_confidence REAL NOT NULL,
  loudness_lufs REAL NOT NULL,
  brightness_hz REAL NOT NULL,
  onsets_per_second REAL NOT NULL,
  energy REAL NOT NULL,
  described_s REAL NOT NULL,
  warning TEXT NOT NULL
) STRICT;
CREATE INDEX tracks_by_hash ON tracks(hash);
CREATE TABLE descriptors(track_key INTEGER PRIMARY KEY, data BLOB NOT NULL) STRICT;
CREATE TABLE failed_files(
  path BLOB PRIMARY KEY,
  size_bytes INTEGER NOT NULL,
  modified_ns INTEGER NOT NULL,
  error_code TEXT NOT NULL,
  message TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE settings(name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE revision(number INTEGER NOT NULL) STRICT;
INSERT INTO revision VALUES(0);
)sql";

// When each descriptor changed last, so that a search index can be brought up to date from what changed
// since.
constexpr const char* kVersion2 = R"sql(
ALTER TABLE descriptors ADD COLUMN revision INTEGER NOT NULL DEFAULT 0;
CREATE INDEX descriptors_by_revision ON descriptors(revision);
)sql";

// A row a segment, so that those of a ten-hour track pass through the memory of a few.
constexpr const char* kVersion3 = R"sql(
CREATE TABLE segments(
  track_key INTEGER NOT NULL,
  number INTEGER NOT NULL,
  data BLOB NOT NULL,
  PRIMARY KEY(track_key, number)
) STRICT, WITHOUT ROWID;
)sql";

constexpr std::array kSteps{kVersion1, kVersion2, kVersion3};

sqlite::Schema catalog_schema() {
  return {.application_id = 0x52734374,  // "RsCt"
          .steps = kSteps,
          .description = "a Resonance catalog",
          .foreign_remedy = "name another folder for the catalog (--catalog)"};
}

sqlite::DatabaseConfig config_of(sqlite::Access access) {
  return {.access = access,
          .max_value_bytes = 256U << 20U,  // a ten-hour track's descriptor with room to spare
          .damage_remedy = "restore the folder from a backup, or delete it and run `resonance index` again"};
}

sqlite::Database open_read_only(const std::filesystem::path& path) {
  try {
    sqlite::Database database(path, config_of(sqlite::Access::read_only));
    (void)database.integer("PRAGMA user_version");  // opens the write-ahead log
    return database;
  } catch (const Error& error) {
    const bool refused = error.code() == ErrorCode::unreadable || error.code() == ErrorCode::not_found;
    if (!refused || ::access(path.c_str(), R_OK) != 0) throw;
  }
  // The folder is read-only and has no usable -shm file: somebody copied tracks.db alone, or a kill came
  // early.
  std::error_code none;
  const std::filesystem::path log = path.string() + "-wal";
  if (std::filesystem::file_size(log, none) > 0 && !none) {
    throw Error(
        ErrorCode::unreadable,
        "cannot read " + path.string() + ": its last changes are still in " + log.filename().string() +
            " and the folder is read-only; make the folder writable once and run `resonance doctor`, or "
            "copy the folder to where you may write");
  }
  return {path, config_of(sqlite::Access::immutable)};
}

}  // namespace

sqlite::Database open_catalog_file(const std::filesystem::path& directory, OpenMode mode) {
  const std::filesystem::path path = directory / "tracks.db";
  const sqlite::Schema schema = catalog_schema();
  const std::string remedy = "; make one with `resonance index DIR`";
  if (mode != OpenMode::create && !std::filesystem::exists(path)) {
    throw Error(ErrorCode::not_found, "there is no catalog in " + directory.string() + remedy);
  }
  if (mode == OpenMode::read_only) {
    sqlite::Database database = open_read_only(path);
    const int version = sqlite::schema_version(database, schema, path.string());
    if (version == 0) throw Error(ErrorCode::not_found, path.string() + " is still empty" + remedy);
    if (version < schema.version()) {
      throw Error(ErrorCode::version_mismatch, path.string() +
                                                   " was written by an older version of Resonance; run "
                                                   "`resonance index` once to bring it up to date");
    }
    return database;
  }
  const bool fresh = mode == OpenMode::create && !std::filesystem::exists(path);
  sqlite::Database database(path, config_of(fresh ? sqlite::Access::create : sqlite::Access::read_write));
  (void)sqlite::schema_version(database, schema,
                               path.string());  // before anything of a stranger's is changed
  database.use_write_ahead_log();
  // FULL, not NORMAL: one fsync per finished track, about a hundredth of its analysis, and what put()
  // returned from survives a power cut, so that the index on disk is never newer than the catalog it was made
  // from.
  database.execute("PRAGMA synchronous = FULL");
  sqlite::upgrade(database, schema, path.string());
  if (fresh) sync_directory(directory);
  return database;
}

}  // namespace resonance::catalog
