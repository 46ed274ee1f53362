#include "resonance/cache/sqlite_store.h"

#include "resonance/cache/feature_chunk.h"
#include "resonance/core/error.h"
#include "resonance/core/feature_contract.h"
#include "resonance/sqlite/schema.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <string_view>
#include <system_error>

namespace resonance::cache {
namespace {

// Unpublished tracks are not in the index, which makes them invisible and lets several writers have the same
// hash.
constexpr const char* kVersion1 = R"sql(
CREATE TABLE features(
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  hash BLOB NOT NULL,
  feature_version INTEGER NOT NULL,
  frames INTEGER NOT NULL,
  bytes INTEGER NOT NULL,
  created_s INTEGER NOT NULL,
  complete INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX features_by_hash ON features(feature_version, hash) WHERE complete = 1;
CREATE TABLE chunks(
  features_id INTEGER NOT NULL,
  position INTEGER NOT NULL,
  data BLOB NOT NULL,
  UNIQUE(features_id, position)
) STRICT;
)sql";

constexpr std::array kSteps{kVersion1};

std::string remedy() { return "delete it: it is made again from the audio files"; }

std::string file_name(const char* extension) {
  return "features-v" + std::to_string(kFeatureVersion) + extension;
}

std::filesystem::path make_directory(const std::filesystem::path& directory) {
  std::error_code failure;
  std::filesystem::create_directories(directory, failure);
  if (failure) throw system_error(failure.value(), "cannot make folder " + directory.string());
  return directory;
}

std::string_view view_of(const ContentHash& hash) {
  return {reinterpret_cast<const char*>(hash.bytes.data()), hash.bytes.size()};
}

std::int64_t seconds_now() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::seconds>(now).count();
}

}  // namespace

SqliteStore::SqliteStore(const std::filesystem::path& directory)
    : path_((make_directory(directory) / file_name(".db")).string()),
      lock_(directory / file_name(".lock")),
      database_(path_, {.access = sqlite::Access::create,
                        .busy_timeout = std::chrono::seconds(30),
                        .max_value_bytes = kMaxChunkBytes + 1000,  // and the row's other columns
                        .damage_remedy = remedy()}) {
  const sqlite::Schema schema{.application_id = 0x52734665,  // "RsFe"
                              .steps = kSteps,
                              .description = "a Resonance feature cache",
                              .foreign_remedy = "name another folder for the cache (--cache-dir)"};
  // Alone, or after whoever is making or cleaning the store right now.
  const bool alone = lock_.try_exclusive();
  if (!alone) lock_.share();
  // A chunk is hundreds of kilobytes: large pages make it a few dozen instead of a few hundred. Only for a
  // new file.
  if (sqlite::schema_version(database_, schema, path_) == 0) database_.execute("PRAGMA page_size = 16384");
  database_.use_write_ahead_log();
  // NORMAL: a power cut may lose the last tracks, never damages the store; they can be made again.
  database_.execute("PRAGMA synchronous = NORMAL; PRAGMA secure_delete = OFF");
  sqlite::upgrade(database_, schema, path_);
  check_feature_version();
  if (!alone) return;
  delete_unpublished();
  lock_.share();
}

SqliteStore::~SqliteStore() { database_.checkpoint(); }

void SqliteStore::check_feature_version() {
  for (const char* extreme : {"min", "max"}) {
    sqlite::Statement statement = database_.prepare(std::string("SELECT ") + extreme +
                                                    "(feature_version) FROM features WHERE complete = 1");
    if (!statement.step()) continue;
    const std::int64_t version = statement.optional_integer().value_or(kFeatureVersion);
    if (version == kFeatureVersion) continue;
    throw Error(ErrorCode::version_mismatch, path_ + " holds features of version " + std::to_string(version) +
                                                 ", this program makes version " +
                                                 std::to_string(kFeatureVersion) + "; " + remedy() +
                                                 " by `resonance precompute`");
  }
}

std::optional<std::int64_t> SqliteStore::frames_of(const ContentHash& hash) {
  const std::lock_guard guard(mutex_);
  sqlite::Statement statement = database_.prepare(
      "SELECT frames FROM features WHERE complete = 1 AND feature_version = ? AND hash = ?");
  if (!statement.bind(kFeatureVersion, sqlite::Blob{view_of(hash)}).step()) return std::nullopt;
  return statement.integer();
}

std::optional<std::string> SqliteStore::chunk(const ContentHash& hash, std::int64_t position) {
  const std::lock_guard guard(mutex_);
  sqlite::Statement statement = database_.prepare(
      "SELECT data FROM features JOIN chunks ON features_id = id "
      "WHERE complete = 1 AND feature_version = ? AND hash = ? AND position = ?");
  if (!statement.bind(kFeatureVersion, sqlite::Blob{view_of(hash)}, position).step()) return std::nullopt;
  return statement.blob();
}

std::vector<ContentHash> SqliteStore::list() {
  const std::lock_guard guard(mutex_);
  sqlite::Statement statement =
      database_.prepare("SELECT hash FROM features WHERE complete = 1 AND feature_version = ? ORDER BY hash");
  statement.bind(kFeatureVersion);
  std::vector<ContentHash> hashes;
  while (statement.step()) {
    const std::string_view bytes = statement.blob_view();
    ContentHash hash;
    if (bytes.size() != hash.bytes.size()) {
      throw Error(ErrorCode::corrupt_data,
                  path_ + " is damaged (a content hash of the wrong size); " + remedy());
    }
    std::copy(bytes.begin(), bytes.end(), hash.bytes.begin());
    hashes.push_back(hash);
  }
  return hashes;
}

std::uint64_t SqliteStore::bytes() const {
  std::uint64_t total = 0;
  for (const char* suffix : {"", "-wal"}) {
    std::error_code missing;
    const std::uintmax_t size = std::filesystem::file_size(path_ + suffix, missing);
    if (!missing) total += size;
  }
  return total;
}

void SqliteStore::remove(const ContentHash& hash) {
  const std::lock_guard guard(mutex_);
  sqlite::Transaction transaction(database_);
  sqlite::Statement statement =
      database_.prepare("SELECT id FROM features WHERE complete = 1 AND feature_version = ? AND hash = ?");
  if (statement.bind(kFeatureVersion, sqlite::Blob{view_of(hash)}).step()) delete_track(statement.integer());
  transaction.commit();
}

std::int64_t SqliteStore::begin(const ContentHash& hash) {
  const std::lock_guard guard(mutex_);
  database_
      .prepare(
          "INSERT INTO features(hash, feature_version, frames, bytes, created_s, complete) "
          "VALUES(?, ?, 0, 0, ?, 0)")
      .bind(sqlite::Blob{view_of(hash)}, kFeatureVersion, seconds_now())
      .run();
  return database_.last_key();
}

void SqliteStore::add_chunk(std::int64_t id, std::int64_t position, const std::string& data) {
  const std::lock_guard guard(mutex_);
  database_.prepare("INSERT INTO chunks(features_id, position, data) VALUES(?, ?, ?)")
      .bind(id, position, sqlite::Blob{data})
      .run();
}

void SqliteStore::publish(std::int64_t id, const ContentHash& hash, std::int64_t frames, std::int64_t bytes) {
  const std::lock_guard guard(mutex_);
  sqlite::Transaction transaction(database_);
  sqlite::Statement older =
      database_.prepare("SELECT id FROM features WHERE complete = 1 AND feature_version = ? AND hash = ?");
  if (older.bind(kFeatureVersion, sqlite::Blob{view_of(hash)}).step()) delete_track(older.integer());
  database_.prepare("UPDATE features SET complete = 1, frames = ?, bytes = ? WHERE id = ?")
      .bind(frames, bytes, id)
      .run();
  transaction.commit();
}

void SqliteStore::abandon(std::int64_t id) noexcept {
  try {
    const std::lock_guard guard(mutex_);
    sqlite::Transaction transaction(database_);
    delete_track(id);
    transaction.commit();
  } catch (const std::exception&) {  // stays unpublished
  }
}

void SqliteStore::delete_track(std::int64_t id) {
  database_.prepare("DELETE FROM chunks WHERE features_id = ?").bind(id).run();
  database_.prepare("DELETE FROM features WHERE id = ?").bind(id).run();
}

void SqliteStore::delete_unpublished() {
  if (database_.integer("SELECT count(*) FROM features WHERE complete = 0") == 0) return;
  sqlite::Transaction transaction(database_);
  database_.execute(
      "DELETE FROM chunks WHERE features_id IN (SELECT id FROM features WHERE complete = 0);"
      "DELETE FROM features WHERE complete = 0");
  transaction.commit();
}

}  // namespace resonance::cache
