#pragma once

#include "resonance/catalog/segment_stage.h"
#include "resonance/catalog/track_filter.h"
#include "resonance/core/content_hash.h"
#include "resonance/core/description.h"
#include "resonance/core/track.h"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace resonance::catalog {

/// What identifies a file's state without reading it.
struct FileStamp {
  std::int64_t size_bytes = 0;
  std::int64_t modified_ns = 0;  ///< since the epoch

  friend bool operator==(const FileStamp&, const FileStamp&) = default;
};

/// An analysed track. `descriptor` is opaque here: embedding::encode made it.
struct Track {
  std::int64_t key = 0;  ///< assigned by the catalog, never reused; row order of the index
  std::string id;        ///< public: 16 hex digits of the content hash, "-2", "-3" ... for further copies
  std::string path;      ///< absolute, bytes as the file system has them
  FileStamp stamp;
  ContentHash hash;
  Tags tags;
  AudioInfo audio;
  Description description;
  std::string warning;     ///< what was damaged but did not prevent analysis; else empty
  std::string descriptor;  ///< may be left out by the calls that say so
  /// For put(): the descriptors of its segments; null for a track that was not asked for them. Never read.
  std::shared_ptr<const SegmentStage> segments = nullptr;
};

/// A file that could not be analysed: tried again only when its stamp changes.
struct FailedFile {
  std::string path;
  FileStamp stamp;
  std::string error_code;  ///< name_of(ErrorCode)
  std::string message;
};

/// What a scan needs of a known file to tell whether it changed.
struct KnownFile {
  std::string path;
  FileStamp stamp;
  std::int64_t key = 0;  ///< 0: it failed last time
  ContentHash hash;      ///< of a failed one, zeros
};

/// A track whose file got other tags, another stamp or another place while its audio stayed.
struct FileUpdate {
  std::int64_t key = 0;
  std::string path;
  FileStamp stamp;
  Tags tags;
};

/// A writer needs `read_write` or `create`, which also makes the folder. `read_only` works where nothing may
/// be written: a folder of somebody else, a read-only file system.
enum class OpenMode { read_only, read_write, create };

/// The truth about one library: tracks, failures and descriptors, of segments too, in SQLite
/// (`directory`/tracks.db, WAL). Everything else in the folder can be rebuilt from it. One writer at a time
/// across processes (a second gets Error(busy) naming who holds it); readers, in any number of processes, are
/// never blocked and block nobody. Thread-safe: calls are serialised. Every call @throws Error(unreadable,
/// busy, corrupt_data, no_space) naming the file and the remedy; a change that throws has changed nothing.
class Catalog {
 public:
  /// Costs the same whatever the catalog's size.
  /// @throws Error(not_found, unreadable, busy, corrupt_data, version_mismatch, no_space) naming the folder
  /// and the
  ///         remedy
  Catalog(const std::filesystem::path& directory, OpenMode mode);
  ~Catalog();
  Catalog(Catalog&&) noexcept;
  Catalog& operator=(Catalog&&) noexcept;
  Catalog(const Catalog&) = delete;
  Catalog& operator=(const Catalog&) = delete;

  [[nodiscard]] const std::filesystem::path& directory() const;

  /// Counts up with every change of which tracks there are or of a descriptor; a search index of an older
  /// revision is out of date.
  [[nodiscard]] std::int64_t revision() const;
  [[nodiscard]] std::size_t track_count() const;

  /// Model and feature version of the descriptors, as text key/value settings ("model", "model_version",
  /// ...).
  [[nodiscard]] std::optional<std::string> setting(std::string_view name) const;
  void set_setting(std::string_view name, std::string_view value);

  // Reading. `descriptor` is left empty by these unless said otherwise.
  [[nodiscard]] std::optional<Track> find_by_path(std::string_view path) const;
  [[nodiscard]] std::optional<Track> find_by_id(std::string_view id) const;
  [[nodiscard]] std::optional<Track> find_by_key(std::int64_t key) const;
  [[nodiscard]] std::vector<Track> find_by_hash(const ContentHash& hash) const;  ///< in order of key
  /// Keys of the tracks that pass, ascending; all of them for an empty filter. A condition on text costs a
  /// pass over its column. @throws Error(limit_exceeded) if a text has more than 30,000 spellings in this
  /// catalog
  [[nodiscard]] std::vector<std::int64_t> keys_matching(const TrackFilter& filter) const;
  /// Keys of the tracks that were added, or whose descriptor changed, after `revision`; ascending.
  [[nodiscard]] std::vector<std::int64_t> keys_changed_since(std::int64_t revision) const;
  /// Keys of all tracks, ascending, from an index: without reading the tracks.
  [[nodiscard]] std::vector<std::int64_t> keys() const;
  /// Every track in order of key, one at a time, all of one moment. `with_descriptors` fills them in. Other
  /// threads' calls wait; `visit` itself may read this catalog, and must not write it.
  void for_each(bool with_descriptors, const std::function<void(const Track&)>& visit) const;
  /// Every track's file and every failed file, cheaply: 10,000 in hundredths of a second. A file that was
  /// analysed once and fails since is there twice.
  [[nodiscard]] std::vector<KnownFile> known_files() const;
  [[nodiscard]] std::vector<FailedFile> failed() const;  ///< in order of path
  /// Empty if there is no such track.
  [[nodiscard]] std::string descriptor_of(std::int64_t key) const;

  // Segments, of tracks that were put with them.
  /// Their number a track, in order of key; tracks without are not there.
  [[nodiscard]] std::vector<std::pair<std::int64_t, std::size_t>> segment_counts() const;
  /// Keys of the tracks that have none, ascending.
  [[nodiscard]] std::vector<std::int64_t> keys_without_segments() const;
  /// The descriptors of a track's segments in order, one at a time and all of one moment. `visit` must not
  /// write the catalog.
  void for_each_segment(std::int64_t key, const std::function<void(std::string_view)>& visit) const;
  /// The descriptor of one of them; empty if there is none.
  [[nodiscard]] std::string segment_of(std::int64_t key, std::size_t number) const;

  // Writing; each call is one transaction and is on disk, safe from a power cut, when it returns.
  /// Adds a track, or replaces the one at the same path, keeping its key and, if the content is the same, its
  /// id. Clears a failure of that path. @return with key and id assigned; those of the argument do not matter
  /// @throws Error(invalid_argument) if a number of the description is not finite
  Track put(Track track);
  /// The same for many in one transaction: one wait for the disk instead of one each.
  std::vector<Track> put(std::vector<Track> tracks);
  /// The files of known tracks have other tags, stamps or places; descriptors stay. The places may be
  /// exchanged among them; another track at a place that was taken over is removed. Clears failures of these
  /// paths. The revision counts up only if a track was removed. @throws Error(not_found) if there is no track
  /// of a key
  void update_files(const std::vector<FileUpdate>& updates);
  void put_failed(const FailedFile& failed);
  /// Where the segments of a track that is listened to wait for put().
  [[nodiscard]] std::shared_ptr<SegmentStage> stage_segments();
  /// The same, with a copy of a track's; null if it has none.
  [[nodiscard]] std::shared_ptr<SegmentStage> stage_segments_of(std::int64_t key);
  /// Forgets the segments of all tracks. The revision stays.
  void remove_segments();
  /// Keys and paths that are not there are skipped.
  void remove(const std::vector<std::int64_t>& keys);
  void clear_failed(const std::vector<std::string>& paths);

  /// For `doctor`: runs SQLite's own check. @return empty if sound, else what it found
  [[nodiscard]] std::string integrity_problem() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace resonance::catalog
