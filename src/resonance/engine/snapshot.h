#pragma once

#include "resonance/core/npy.h"
#include "resonance/embedding/embedder.h"
#include "resonance/embedding/projection.h"
#include "resonance/engine/catalog_meta.h"
#include "resonance/engine/snapshot_rows.h"
#include "resonance/index/layered_index.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string_view>

namespace resonance::engine {

/// The searchable side of a catalog at one moment. It follows from tracks.db and can always be made anew.
///
/// On disk each snapshot is a folder of its own, `snapshots/<number>`; `current` is a symbolic link to the
/// newest, and `index.faiss`, `meta.json` and so on are links through it. Publishing (publisher.h) swaps that
/// one link, so a reader, or a kill at any moment, sees the old snapshot or the new one whole.
///
/// A snapshot is a base (embeddings.npy, keys.npy, codes.bin, the index's file) and, if the library has
/// changed since the base was made and is not small, a tail (tail.npy, tail-keys.npy, tail-codes.bin) and the
/// base's rows that no longer count (removed.npy): SnapshotRows. If the catalog keeps segments, there is the
/// same for these, with a base and a tail of its own. Immutable; thread-safe.
class Snapshot {
 public:
  /// The current snapshot; nothing if none was published yet.
  /// @throws Error(corrupt_data, version_mismatch) naming the file and the way back (`resonance index
  /// --rebuild`)
  static std::shared_ptr<const Snapshot> open(const std::filesystem::path& catalog_directory);
  /// Where `current` leads now, relative to the catalog; empty if there is none.
  static std::filesystem::path current(const std::filesystem::path& catalog_directory);

  /// What `current` said when this was opened.
  [[nodiscard]] const std::filesystem::path& name() const noexcept { return name_; }
  [[nodiscard]] const std::filesystem::path& folder() const noexcept { return folder_; }
  [[nodiscard]] const CatalogMeta& meta() const noexcept { return meta_; }
  [[nodiscard]] const embedding::ModelInfo& model() const noexcept { return meta_.model; }
  /// Of the catalog that it shows.
  [[nodiscard]] std::int64_t revision() const noexcept { return meta_.revision; }
  [[nodiscard]] std::size_t size() const noexcept { return meta_.tracks; }  ///< N: tracks
  /// Those that do not count included.
  [[nodiscard]] std::size_t rows() const noexcept { return tracks_.rows(); }
  [[nodiscard]] bool has_tail() const noexcept { return tracks_.has_tail(); }
  [[nodiscard]] std::size_t dimensions() const noexcept { return tracks_.dimensions(); }

  /// Whether a row counts. @param row  below rows()
  [[nodiscard]] bool has(std::size_t row) const { return tracks_.has(row); }
  /// Key in the catalog. @param row  below rows()
  [[nodiscard]] std::int64_t key_of(std::size_t row) const { return tracks_.key_of(row); }
  /// The row of a catalog key, if it was there when the snapshot was made.
  [[nodiscard]] std::optional<std::size_t> row_of(std::int64_t key) const;
  /// 512 values. @param row  below rows()
  [[nodiscard]] std::span<const float> embedding(std::size_t row) const { return tracks_.embedding(row); }

  /// Finds tracks, as meta().index says. Over rows(); those that do not count never come back.
  [[nodiscard]] const index::LayeredIndex& index() const noexcept { return tracks_.index(); }
  /// The same by exact search.
  [[nodiscard]] const index::LayeredIndex& exact() const noexcept { return tracks_.exact(); }
  /// Absent only for an empty library.
  [[nodiscard]] const std::optional<embedding::Projection>& projection() const noexcept {
    return projection_;
  }

  /// The base's keys, ascending, and embeddings, rows that no longer count included.
  [[nodiscard]] std::span<const std::int64_t> base_keys() const { return tracks_.base_keys(); }
  [[nodiscard]] const NpyFile& base_embeddings() const noexcept { return tracks_.base_embeddings(); }
  /// Its rows that do not count, ascending.
  [[nodiscard]] std::span<const std::int64_t> removed_rows() const { return tracks_.removed_rows(); }

  /// The segments of the tracks that have them, in a space of their own; null if the catalog keeps none.
  [[nodiscard]] const SnapshotRows* segments() const noexcept { return segments_ ? &*segments_ : nullptr; }
  /// Of the segments; absent if there are none.
  [[nodiscard]] const std::optional<embedding::Projection>& segment_projection() const noexcept {
    return segment_projection_;
  }

  /// Reads every file whole and holds it against its checksum in meta.json and against the others, which
  /// opening does not. @throws Error(corrupt_data, unreadable) naming the file
  void verify() const;

 private:
  Snapshot(const std::filesystem::path& catalog_directory, std::filesystem::path name);
  [[nodiscard]] embedding::Projection read_projection(std::string_view name) const;

  std::filesystem::path name_;
  std::filesystem::path folder_;
  CatalogMeta meta_;
  SnapshotRows tracks_;
  std::optional<embedding::Projection> projection_;
  std::optional<SnapshotRows> segments_;
  std::optional<embedding::Projection> segment_projection_;
};

/// Names of files in a snapshot's folder, beside those of its rows.
inline constexpr std::string_view kProjectionFile = "projection.bin";
inline constexpr std::string_view kSegmentProjectionFile = "segment-projection.bin";
inline constexpr std::string_view kMetaFile = "meta.json";
inline constexpr std::size_t kMaxProjectionBytes = std::size_t{256} << 20;
inline constexpr std::array<std::string_view, 3> kPartFiles{"timbre.npy", "harmony.npy", "rhythm.npy"};
/// Those that programs of others have a use for: they get a name in the catalog's own folder.
inline constexpr std::array<std::string_view, 10> kFilesForOthers{
    kIndexFile, kEmbeddingsFile, "timbre.npy", "harmony.npy", "rhythm.npy",
    kKeysFile,  kMetaFile,       kTailFile,    kTailKeysFile, kRemovedFile};

/// CRC-32 of a file of any size. @throws Error(not_found, unreadable)
std::uint32_t checksum_of(const std::filesystem::path& path);

}  // namespace resonance::engine
