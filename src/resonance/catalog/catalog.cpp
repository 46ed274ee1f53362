#include "resonance/catalog/catalog.h"

#include "resonance/catalog/catalog_file.h"
#include "resonance/catalog/filter_query.h"
#include "resonance/catalog/track_rows.h"
#include "resonance/core/error.h"
#include "resonance/sqlite/database.h"
#include "resonance/sqlite/file_lock.h"

#include <algorithm>
#include <exception>
#include <mutex>
#include <system_error>
#include <utility>

namespace resonance::catalog {
namespace {

void make_directory(const std::filesystem::path& directory) {
  std::error_code failure;
  std::filesystem::create_directories(directory, failure);
  if (failure) throw system_error(failure.value(), "cannot make folder " + directory.string());
}

// The one process that writes this catalog. @throws Error(busy) naming who it is
std::unique_ptr<sqlite::FileLock> lock_for_writing(const std::filesystem::path& directory) {
  auto lock = std::make_unique<sqlite::FileLock>(directory / ".lock");
  if (lock->try_exclusive()) return lock;
  const long holder = lock->holder();
  const std::string process = holder > 0 ? " (process " + std::to_string(holder) + ")" : "";
  throw Error(ErrorCode::busy, "another resonance" + process + " is writing " + directory.string() +
                                   "; wait until it is done, or stop it");
}

}  // namespace

struct Catalog::State {
  State(std::filesystem::path where, OpenMode mode)
      : directory(std::move(where)),
        lock(mode == OpenMode::read_only ? nullptr : lock_for_writing(directory)),
        database(open_catalog_file(directory, mode)),
        file((directory / "tracks.db").string()) {}
  ~State() {
    if (lock) database.checkpoint();
  }
  State(const State&) = delete;
  State& operator=(const State&) = delete;

  [[nodiscard]] std::optional<Track> find(sqlite::Statement& statement) const {
    if (!statement.step()) return std::nullopt;
    return read_track(statement, file);
  }

  static std::vector<std::int64_t> sorted_keys(sqlite::Statement& statement) {
    std::vector<std::int64_t> keys;
    while (statement.step()) keys.push_back(statement.integer());
    std::sort(keys.begin(), keys.end());
    return keys;
  }

  void require_lock() const {
    if (!lock)
      throw Error(ErrorCode::unreadable, "the catalog in " + directory.string() + " was opened read-only");
  }

  // One transaction around `change`, which says whether the set of tracks or a descriptor changed.
  template <typename Change>
  void write(const Change& change) {
    const std::lock_guard guard(mutex);
    require_lock();
    sqlite::Transaction transaction(database);
    if (change()) database.execute("UPDATE revision SET number = number + 1");
    transaction.commit();
  }

  void clear_failed(std::string_view path) {
    database.prepare("DELETE FROM failed_files WHERE path = ?").bind(sqlite::Blob{path}).run();
  }

  void put(Track& track) {
    store_track(database, track);
    // The revision that this transaction will make.
    database
        .prepare(
            "INSERT OR REPLACE INTO descriptors(track_key, data, revision) "
            "VALUES(?, ?, (SELECT number + 1 FROM revision))")
        .bind(track.key, sqlite::Blob{track.descriptor})
        .run();
    remove_segments(track.key);
    if (track.segments) {
      database
          .prepare(
              "INSERT INTO segments(track_key, number, data) "
              "SELECT ?, number, data FROM temp.staged_segments WHERE stage = ? ORDER BY number")
          .bind(track.key, track.segments->id())
          .run();
    }
    clear_failed(track.path);
  }

  void remove_segments(std::int64_t key) {
    database.prepare("DELETE FROM segments WHERE track_key = ?").bind(key).run();
  }

  bool remove(std::int64_t key) {
    remove_segments(key);
    database.prepare("DELETE FROM descriptors WHERE track_key = ?").bind(key).run();
    database.prepare("DELETE FROM tracks WHERE key = ?").bind(key).run();
    return database.changes() > 0;
  }

  // The number of a new stage, and the table for its segments if it is the first.
  std::int64_t begin_stage() {
    require_lock();
    if (stages == 0) {
      database.execute(
          "CREATE TEMP TABLE staged_segments(stage INTEGER NOT NULL, number INTEGER NOT NULL, "
          "data BLOB NOT NULL, PRIMARY KEY(stage, number)) STRICT, WITHOUT ROWID");
    }
    return ++stages;
  }

  void add_staged(std::int64_t stage, std::int64_t number, std::string_view descriptor) {
    const std::lock_guard guard(mutex);
    database.prepare("INSERT INTO temp.staged_segments(stage, number, data) VALUES(?, ?, ?)")
        .bind(stage, number, sqlite::Blob{descriptor})
        .run();
  }

  void drop_staged(std::int64_t stage) noexcept {
    try {
      const std::lock_guard guard(mutex);
      database.prepare("DELETE FROM temp.staged_segments WHERE stage = ?").bind(stage).run();
    } catch (const std::exception&) {
      // They are gone with the process at the latest.
    }
  }

  std::shared_ptr<SegmentStage> new_stage() {
    const std::int64_t stage = begin_stage();
    return std::make_shared<SegmentStage>(
        stage,
        [this, stage](std::int64_t number, std::string_view descriptor) {
          add_staged(stage, number, descriptor);
        },
        [this, stage] { drop_staged(stage); });
  }

  // Off its path, so that the paths of one batch can be exchanged. No file's path begins with a zero byte.
  void vacate(std::int64_t key) {
    const std::string nowhere = '\0' + std::to_string(key);
    database.prepare("UPDATE tracks SET path = ? WHERE key = ?").bind(sqlite::Blob{nowhere}, key).run();
    if (database.changes() == 0) {
      throw Error(ErrorCode::not_found, "there is no track with key " + std::to_string(key) + " in " + file);
    }
  }

  // True if another track had to leave.
  bool settle(const FileUpdate& update) {
    const sqlite::Blob path{update.path};
    sqlite::Statement other = database.prepare("SELECT key FROM tracks WHERE path = ?");
    const bool removed = other.bind(path).step() && remove(other.integer());
    const Tags& tags = update.tags;
    database
        .prepare(
            "UPDATE tracks SET path = ?, size_bytes = ?, modified_ns = ?, title = ?, artist = ?, album = ?, "
            "album_artist = ?, genre = ?, year = ?, track_number = ?, replay_gain_track_db = ?, "
            "replay_gain_album_db = ? WHERE key = ?")
        .bind(path, update.stamp.size_bytes, update.stamp.modified_ns, tags.title, tags.artist, tags.album,
              tags.album_artist, tags.genre, tags.year, tags.track_number, tags.replay_gain_track_db,
              tags.replay_gain_album_db, update.key)
        .run();
    clear_failed(update.path);
    return removed;
  }

  std::filesystem::path directory;
  std::unique_ptr<sqlite::FileLock> lock;  // before the database: held until that is closed
  sqlite::Database database;
  std::string file;
  std::recursive_mutex mutex;  // for_each's visitor may read
  std::int64_t stages = 0;     // begun so far
};

Catalog::Catalog(const std::filesystem::path& directory, OpenMode mode) {
  if (mode == OpenMode::create) make_directory(directory);
  state_ = std::make_unique<State>(directory, mode);
}
Catalog::~Catalog() = default;
Catalog::Catalog(Catalog&&) noexcept = default;
Catalog& Catalog::operator=(Catalog&&) noexcept = default;

const std::filesystem::path& Catalog::directory() const { return state_->directory; }

std::int64_t Catalog::revision() const {
  const std::lock_guard guard(state_->mutex);
  return state_->database.integer("SELECT number FROM revision");
}

std::size_t Catalog::track_count() const {
  const std::lock_guard guard(state_->mutex);
  return static_cast<std::size_t>(state_->database.integer("SELECT count(*) FROM tracks"));
}

std::optional<std::string> Catalog::setting(std::string_view name) const {
  const std::lock_guard guard(state_->mutex);
  sqlite::Statement statement = state_->database.prepare("SELECT value FROM settings WHERE name = ?");
  if (!statement.bind(name).step()) return std::nullopt;
  return statement.text();
}

void Catalog::set_setting(std::string_view name, std::string_view value) {
  state_->write([&] {
    state_->database.prepare("INSERT OR REPLACE INTO settings(name, value) VALUES(?, ?)")
        .bind(name, value)
        .run();
    return false;
  });
}

std::optional<Track> Catalog::find_by_path(std::string_view path) const {
  const std::lock_guard guard(state_->mutex);
  sqlite::Statement statement = state_->database.prepare(select_tracks("FROM tracks WHERE path = ?"));
  return state_->find(statement.bind(sqlite::Blob{path}));
}

std::optional<Track> Catalog::find_by_id(std::string_view id) const {
  const std::lock_guard guard(state_->mutex);
  sqlite::Statement statement = state_->database.prepare(select_tracks("FROM tracks WHERE id = ?"));
  return state_->find(statement.bind(id));
}

std::optional<Track> Catalog::find_by_key(std::int64_t key) const {
  const std::lock_guard guard(state_->mutex);
  sqlite::Statement statement = state_->database.prepare(select_tracks("FROM tracks WHERE key = ?"));
  return state_->find(statement.bind(key));
}

std::vector<Track> Catalog::find_by_hash(const ContentHash& hash) const {
  const std::lock_guard guard(state_->mutex);
  sqlite::Statement statement =
      state_->database.prepare(select_tracks("FROM tracks WHERE hash = ? ORDER BY key"));
  statement.bind(sqlite::Blob{view_of(hash)});
  std::vector<Track> tracks;
  while (statement.step()) tracks.push_back(read_track(statement, state_->file));
  return tracks;
}

std::vector<std::int64_t> Catalog::keys_matching(const TrackFilter& filter) const {
  const std::lock_guard guard(state_->mutex);
  return catalog::keys_matching(state_->database, filter);
}

std::vector<std::int64_t> Catalog::keys_changed_since(std::int64_t revision) const {
  const std::lock_guard guard(state_->mutex);
  sqlite::Statement statement = state_->database.prepare(
      "SELECT track_key FROM descriptors INDEXED BY descriptors_by_revision WHERE revision > ?");
  return state_->sorted_keys(statement.bind(revision));
}

std::vector<std::int64_t> Catalog::keys() const {
  const std::lock_guard guard(state_->mutex);
  sqlite::Statement statement = state_->database.prepare("SELECT key FROM tracks INDEXED BY tracks_by_hash");
  return state_->sorted_keys(statement);
}

void Catalog::for_each(bool with_descriptors, const std::function<void(const Track&)>& visit) const {
  const std::lock_guard guard(state_->mutex);
  sqlite::Statement statement = state_->database.prepare(select_tracks(
      with_descriptors ? ", data FROM tracks LEFT JOIN descriptors ON track_key = key ORDER BY key"
                       : "FROM tracks ORDER BY key"));
  while (statement.step()) {
    Track track = read_track(statement, state_->file);
    if (with_descriptors) track.descriptor = statement.blob();
    visit(track);
  }
}

std::vector<KnownFile> Catalog::known_files() const {
  const std::lock_guard guard(state_->mutex);
  sqlite::Statement statement = state_->database.prepare(
      "SELECT path, size_bytes, modified_ns, key, hash FROM tracks UNION ALL "
      "SELECT path, size_bytes, modified_ns, 0, NULL FROM failed_files");
  std::vector<KnownFile> files;
  while (statement.step()) {
    KnownFile file;
    file.path = statement.blob();
    file.stamp.size_bytes = statement.integer();
    file.stamp.modified_ns = statement.integer();
    file.key = statement.integer();
    if (file.key != 0) file.hash = read_hash(statement, state_->file);
    files.push_back(std::move(file));
  }
  return files;
}

std::vector<FailedFile> Catalog::failed() const {
  const std::lock_guard guard(state_->mutex);
  sqlite::Statement statement = state_->database.prepare(
      "SELECT path, size_bytes, modified_ns, error_code, message FROM failed_files ORDER BY path");
  std::vector<FailedFile> files;
  while (statement.step()) {
    FailedFile file;
    file.path = statement.blob();
    file.stamp.size_bytes = statement.integer();
    file.stamp.modified_ns = statement.integer();
    file.error_code = statement.text();
    file.message = statement.text();
    files.push_back(std::move(file));
  }
  return files;
}

std::string Catalog::descriptor_of(std::int64_t key) const {
  const std::lock_guard guard(state_->mutex);
  sqlite::Statement statement = state_->database.prepare("SELECT data FROM descriptors WHERE track_key = ?");
  return statement.bind(key).step() ? statement.blob() : "";
}

std::vector<std::pair<std::int64_t, std::size_t>> Catalog::segment_counts() const {
  const std::lock_guard guard(state_->mutex);
  sqlite::Statement statement = state_->database.prepare(
      "SELECT track_key, count(*) FROM segments GROUP BY track_key ORDER BY track_key");
  std::vector<std::pair<std::int64_t, std::size_t>> counts;
  while (statement.step()) {
    const std::int64_t key = statement.integer();
    counts.emplace_back(key, static_cast<std::size_t>(statement.integer()));
  }
  return counts;
}

std::vector<std::int64_t> Catalog::keys_without_segments() const {
  const std::lock_guard guard(state_->mutex);
  sqlite::Statement statement = state_->database.prepare(
      "SELECT key FROM tracks INDEXED BY tracks_by_hash WHERE NOT EXISTS "
      "(SELECT 1 FROM segments WHERE track_key = key)");
  return state_->sorted_keys(statement);
}

void Catalog::for_each_segment(std::int64_t key, const std::function<void(std::string_view)>& visit) const {
  const std::lock_guard guard(state_->mutex);
  sqlite::Statement statement =
      state_->database.prepare("SELECT data FROM segments WHERE track_key = ? ORDER BY number");
  statement.bind(key);
  while (statement.step()) visit(statement.blob_view());
}

std::string Catalog::segment_of(std::int64_t key, std::size_t number) const {
  const std::lock_guard guard(state_->mutex);
  sqlite::Statement statement =
      state_->database.prepare("SELECT data FROM segments WHERE track_key = ? AND number = ?");
  return statement.bind(key, number).step() ? statement.blob() : "";
}

Track Catalog::put(Track track) {
  state_->write([&] {
    state_->put(track);
    return true;
  });
  track.segments = nullptr;  // it has them
  return track;
}

std::vector<Track> Catalog::put(std::vector<Track> tracks) {
  if (tracks.empty()) return tracks;
  state_->write([&] {
    for (Track& track : tracks) state_->put(track);
    return true;
  });
  for (Track& track : tracks) track.segments = nullptr;
  return tracks;
}

void Catalog::update_files(const std::vector<FileUpdate>& updates) {
  state_->write([&] {
    for (const FileUpdate& update : updates) state_->vacate(update.key);
    bool removed = false;
    for (const FileUpdate& update : updates) removed = state_->settle(update) || removed;
    return removed;
  });
}

void Catalog::put_failed(const FailedFile& failed) {
  state_->write([&] {
    state_->database
        .prepare(
            "INSERT OR REPLACE INTO failed_files(path, size_bytes, modified_ns, error_code, message) "
            "VALUES(?, ?, ?, ?, ?)")
        .bind(sqlite::Blob{failed.path}, failed.stamp.size_bytes, failed.stamp.modified_ns, failed.error_code,
              failed.message)
        .run();
    return false;
  });
}

std::shared_ptr<SegmentStage> Catalog::stage_segments() {
  const std::lock_guard guard(state_->mutex);
  return state_->new_stage();
}

std::shared_ptr<SegmentStage> Catalog::stage_segments_of(std::int64_t key) {
  const std::lock_guard guard(state_->mutex);
  auto stage = state_->new_stage();
  state_->database
      .prepare(
          "INSERT INTO temp.staged_segments(stage, number, data) "
          "SELECT ?, number, data FROM segments WHERE track_key = ?")
      .bind(stage->id(), key)
      .run();
  return state_->database.changes() > 0 ? stage : nullptr;
}

void Catalog::remove_segments() {
  state_->write([&] {
    state_->database.execute("DELETE FROM segments");
    return false;
  });
}

void Catalog::remove(const std::vector<std::int64_t>& keys) {
  state_->write([&] {
    bool removed = false;
    for (const std::int64_t key : keys) removed = state_->remove(key) || removed;
    return removed;
  });
}

void Catalog::clear_failed(const std::vector<std::string>& paths) {
  state_->write([&] {
    for (const std::string& path : paths) state_->clear_failed(path);
    return false;
  });
}

std::string Catalog::integrity_problem() const {
  const std::lock_guard guard(state_->mutex);
  return state_->database.integrity_problem();
}

}  // namespace resonance::catalog
