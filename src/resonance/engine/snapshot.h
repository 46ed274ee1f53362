#pragma once

#include "resonance/core/npy.h"
#include "resonance/embedding/embedder.h"
#include "resonance/embedding/projection.h"
#include "resonance/engine/catalog_meta.h"
#include "resonance/index/exact_index.h"
#include "resonance/index/layered_index.h"
#include "resonance/index/row_codes.h"

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
/// changed since the base was made and is not small, a tail of rows added or replaced (tail.npy,
/// tail-keys.npy, tail-codes.bin) and the base's rows that no longer count (removed.npy). Rows are numbered
/// through: base, then tail. Files are mapped: opening costs the same whatever the catalog's size, but for
/// the tail's keys, and for FAISS's own files, which FAISS reads. Immutable; thread-safe.
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
  [[nodiscard]] std::size_t rows() const noexcept {
    return exact_->size();
  }  ///< those that do not count included
  [[nodiscard]] bool has_tail() const noexcept { return tail_ != nullptr; }
  [[nodiscard]] std::size_t dimensions() const noexcept { return fused_.cols(); }

  /// Whether a row counts. @param row  below rows()
  [[nodiscard]] bool has(std::size_t row) const { return exact_->has(row); }
  /// Key in the catalog. @param row  below rows()
  [[nodiscard]] std::int64_t key_of(std::size_t row) const;
  /// The row of a catalog key, if it was there when the snapshot was made.
  [[nodiscard]] std::optional<std::size_t> row_of(std::int64_t key) const;
  /// 512 values. @param row  below rows()
  [[nodiscard]] std::span<const float> embedding(std::size_t row) const { return exact_->vector(row); }

  /// Finds tracks, as meta().index says. Over rows(); those that do not count never come back.
  [[nodiscard]] const index::LayeredIndex& index() const noexcept { return *index_; }
  /// The same by exact search.
  [[nodiscard]] const index::LayeredIndex& exact() const noexcept { return *exact_; }
  /// Absent only for an empty library.
  [[nodiscard]] const std::optional<embedding::Projection>& projection() const noexcept {
    return projection_;
  }

  /// The base's keys, ascending, and embeddings, rows that no longer count included.
  [[nodiscard]] std::span<const std::int64_t> base_keys() const { return keys_.integers(); }
  [[nodiscard]] const NpyFile& base_embeddings() const noexcept { return fused_; }
  /// Its rows that do not count, ascending.
  [[nodiscard]] std::span<const std::int64_t> removed_rows() const;

  /// Reads every file whole and holds it against its checksum in meta.json and against the others, which
  /// opening does not. @throws Error(corrupt_data, unreadable) naming the file
  void verify() const;

 private:
  struct Tail {
    explicit Tail(const std::filesystem::path& folder);
    NpyFile keys;
    NpyFile fused;
    NpyFile removed;
    std::shared_ptr<const index::RowCodes> codes;
  };

  Snapshot(const std::filesystem::path& catalog_directory, std::filesystem::path name);
  void check_base() const;
  void open_index();
  [[nodiscard]] index::RowFilter base_left() const;

  std::filesystem::path name_;
  std::filesystem::path folder_;
  CatalogMeta meta_;
  NpyFile keys_;
  NpyFile fused_;
  std::shared_ptr<const index::RowCodes> codes_;
  std::unique_ptr<const Tail> tail_;
  std::optional<embedding::Projection> projection_;
  std::shared_ptr<const index::LayeredIndex> exact_;
  std::shared_ptr<const index::LayeredIndex> index_;
};

/// Names of files in a snapshot's folder.
inline constexpr std::string_view kIndexFile = "index.faiss";
inline constexpr std::string_view kGraphFile = "graph.bin";
inline constexpr std::string_view kEmbeddingsFile = "embeddings.npy";
inline constexpr std::string_view kKeysFile = "keys.npy";
inline constexpr std::string_view kCodesFile = "codes.bin";
inline constexpr std::string_view kProjectionFile = "projection.bin";
inline constexpr std::string_view kMetaFile = "meta.json";
inline constexpr std::string_view kTailFile = "tail.npy";
inline constexpr std::string_view kTailKeysFile = "tail-keys.npy";
inline constexpr std::string_view kTailCodesFile = "tail-codes.bin";
inline constexpr std::string_view kRemovedFile = "removed.npy";
inline constexpr std::array<std::string_view, 3> kPartFiles{"timbre.npy", "harmony.npy", "rhythm.npy"};
/// Those that programs of others have a use for: they get a name in the catalog's own folder.
inline constexpr std::array<std::string_view, 10> kFilesForOthers{
    kIndexFile, kEmbeddingsFile, "timbre.npy", "harmony.npy", "rhythm.npy",
    kKeysFile,  kMetaFile,       kTailFile,    kTailKeysFile, kRemovedFile};

/// CRC-32 of a file of any size. @throws Error(not_found, unreadable)
std::uint32_t checksum_of(const std::filesystem::path& path);

/// Whether an index of this name is a FAISS index, kept in index.faiss, and not exact search or a graph.
bool is_faiss_index(std::string_view factory);
bool is_graph_index(std::string_view factory);

}  // namespace resonance::engine
