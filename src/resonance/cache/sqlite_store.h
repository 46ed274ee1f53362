#pragma once

#include "resonance/core/content_hash.h"
#include "resonance/sqlite/database.h"
#include "resonance/sqlite/file_lock.h"

#include <cstdint>
#include <filesystem>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace resonance::cache {

/// The tables of a feature cache. A track is written under an id that nobody finds until publish(), so that
/// several writers, threads or processes, need only short transactions; what a killed process left
/// unpublished is deleted by the next one that opens the store alone. Thread-safe: calls are serialised.
class SqliteStore {
 public:
  /// @throws Error as open_sqlite_cache
  explicit SqliteStore(const std::filesystem::path& directory);
  ~SqliteStore();
  SqliteStore(const SqliteStore&) = delete;
  SqliteStore& operator=(const SqliteStore&) = delete;

  [[nodiscard]] const std::string& path() const { return path_; }

  /// Frames of a published track.
  [[nodiscard]] std::optional<std::int64_t> frames_of(const ContentHash& hash);
  [[nodiscard]] std::optional<std::string> chunk(const ContentHash& hash, std::int64_t position);
  [[nodiscard]] std::vector<ContentHash> list();
  [[nodiscard]] std::uint64_t bytes() const;
  void remove(const ContentHash& hash);

  /// An unpublished track's id.
  [[nodiscard]] std::int64_t begin(const ContentHash& hash);
  void add_chunk(std::int64_t id, std::int64_t position, const std::string& data);
  /// Takes the place of an older track of the same hash.
  void publish(std::int64_t id, const ContentHash& hash, std::int64_t frames, std::int64_t bytes);
  /// Deletes an unpublished track; what the disk does not allow now is done by the next one that opens the
  /// store.
  void abandon(std::int64_t id) noexcept;

 private:
  void delete_track(std::int64_t id);
  void delete_unpublished();
  void check_feature_version();

  std::string path_;
  sqlite::FileLock lock_;  // shared by all who have the store open
  sqlite::Database database_;
  std::mutex mutex_;
};

}  // namespace resonance::cache
