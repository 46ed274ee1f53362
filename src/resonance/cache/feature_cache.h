#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "resonance/core/content_hash.h"
#include "resonance/core/feature_block.h"
#include "resonance/core/track.h"

namespace resonance::cache {

/// A track's features being written. Nothing is visible before commit(); destroyed without it, nothing is left.
class CacheWriter {
 public:
  virtual ~CacheWriter() = default;
  /// Keeps the next frames. The tempogram is not kept: it follows from the onset strength.
  virtual void push(const FeatureBlock& block) = 0;
  virtual void commit() = 0;
};

/// Features by content hash: moving or retagging a file finds them again. All of one feature version, kFeatureVersion;
/// a store of another version is refused with Error(version_mismatch) that says what to run.
/// Thread-safe.
class FeatureCache {
 public:
  virtual ~FeatureCache() = default;
  [[nodiscard]] virtual bool contains(const ContentHash& hash) const = 0;
  /// Streams the kept blocks, in order, without tempogram (empty matrix). False if there is no such track.
  /// @throws Error(corrupt_data) naming the store when a row does not decode
  virtual bool load(const ContentHash& hash, const std::function<void(FeatureBlock)>& sink) const = 0;
  [[nodiscard]] virtual std::unique_ptr<CacheWriter> begin(const ContentHash& hash) = 0;
  virtual void remove(const ContentHash& hash) = 0;
  [[nodiscard]] virtual std::vector<ContentHash> list() const = 0;
  [[nodiscard]] virtual std::uint64_t bytes() const = 0;  ///< on disk, or in memory
};

/// SQLite in WAL mode, `directory`/features-v1.db; values as float16, zstd-compressed, at most 20 kB a second of audio.
/// @throws Error(unreadable, no_space, corrupt_data, version_mismatch) naming the file
std::unique_ptr<FeatureCache> open_sqlite_cache(const std::filesystem::path& directory);
/// In memory, with the same rounding as the one on disk.
std::unique_ptr<FeatureCache> make_ram_cache();

}  // namespace resonance::cache
