#pragma once

#include "resonance/core/content_hash.h"
#include "resonance/core/feature_block.h"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <vector>

namespace resonance::cache {

/// A track's features being written. Nothing is visible before commit(); destroyed without it, nothing is
/// left. It may outlive the cache's object. Not thread-safe; any number of writers may work at once, also of
/// one hash.
class CacheWriter {
 public:
  virtual ~CacheWriter() = default;
  /// Keeps the next frames: blocks of any length, each following the last one. The tempogram is not kept: it
  /// follows from the onset strength.
  /// @throws Error(invalid_argument) if frames are missing, shapes do not agree or values are no numbers;
  /// Error(busy,
  ///         no_space, unreadable)
  virtual void push(const FeatureBlock& block) = 0;
  /// Makes the track visible, in the place of an older one of the same hash. Call once, last. @throws as
  /// push()
  virtual void commit() = 0;
};

/// Features by content hash: moving or retagging a file finds them again. All of one feature version,
/// kFeatureVersion; a store of another version is refused with Error(version_mismatch) that says what to run.
/// Values are rounded to float16 (relative error at most 2^-11, magnitudes beyond 65504 become that),
/// loudness is kept whole. Thread-safe.
class FeatureCache {
 public:
  virtual ~FeatureCache() = default;
  [[nodiscard]] virtual bool contains(const ContentHash& hash) const = 0;
  /// Streams the kept frames, in order, a minute (3000 frames) a block, the last one shorter, without
  /// tempogram (empty matrix). False if there is no such track. Several threads read side by side; `sink` may
  /// use the cache.
  /// @throws Error(corrupt_data) naming the store when a row does not decode: blocks given out before were
  /// sound.
  ///         Writing the track again repairs it. Error(not_found) if the track is removed meanwhile
  virtual bool load(const ContentHash& hash, const std::function<void(FeatureBlock)>& sink) const = 0;
  [[nodiscard]] virtual std::unique_ptr<CacheWriter> begin(const ContentHash& hash) = 0;
  virtual void remove(const ContentHash& hash) = 0;                 ///< nothing happens if it is not there
  [[nodiscard]] virtual std::vector<ContentHash> list() const = 0;  ///< in order of hash
  [[nodiscard]] virtual std::uint64_t bytes() const = 0;            ///< on disk, or in memory
};

/// SQLite in WAL mode, `directory`/features-v1.db, the number being kFeatureVersion; values as float16,
/// zstd-compressed, at most 20 kB a second of audio. Makes folder and file if need be. Any number of
/// processes may use it at once. A kill or a full disk leaves nothing half-written visible; a power cut may
/// lose the latest tracks.
/// @throws Error(unreadable, busy, no_space, corrupt_data, version_mismatch) naming the file
std::unique_ptr<FeatureCache> open_sqlite_cache(const std::filesystem::path& directory);
/// In memory, with the same rounding as the one on disk.
std::unique_ptr<FeatureCache> make_ram_cache();

}  // namespace resonance::cache
