#pragma once

#include "resonance/core/error.h"
#include "resonance/core/npy.h"
#include "resonance/engine/catalog_meta.h"
#include "resonance/engine/index_request.h"
#include "resonance/index/exact_index.h"
#include "resonance/index/layered_index.h"
#include "resonance/index/row_codes.h"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace resonance::engine {

/// Names of the files, in a snapshot's folder, of one set of rows.
struct RowFiles {
  std::string_view embeddings;
  std::string_view keys;
  std::string_view codes;
  std::string_view graph;
  std::string_view faiss;
  std::string_view tail;
  std::string_view tail_keys;
  std::string_view tail_codes;
  std::string_view removed;
  bool many_a_key = false;  ///< whether one key may have several rows, one behind the other
};

inline constexpr std::string_view kIndexFile = "index.faiss";
inline constexpr std::string_view kGraphFile = "graph.bin";
inline constexpr std::string_view kEmbeddingsFile = "embeddings.npy";
inline constexpr std::string_view kKeysFile = "keys.npy";
inline constexpr std::string_view kCodesFile = "codes.bin";
inline constexpr std::string_view kTailFile = "tail.npy";
inline constexpr std::string_view kTailKeysFile = "tail-keys.npy";
inline constexpr std::string_view kTailCodesFile = "tail-codes.bin";
inline constexpr std::string_view kRemovedFile = "removed.npy";

/// A row a track.
inline constexpr RowFiles kTrackRows{.embeddings = kEmbeddingsFile,
                                     .keys = kKeysFile,
                                     .codes = kCodesFile,
                                     .graph = kGraphFile,
                                     .faiss = kIndexFile,
                                     .tail = kTailFile,
                                     .tail_keys = kTailKeysFile,
                                     .tail_codes = kTailCodesFile,
                                     .removed = kRemovedFile};
/// A row a segment, in order of its track's key and of time.
inline constexpr RowFiles kSegmentRows{.embeddings = "segments.npy",
                                       .keys = "segment-keys.npy",
                                       .codes = "segment-codes.bin",
                                       .graph = "segment-graph.bin",
                                       .faiss = "segment-index.faiss",
                                       .tail = "segment-tail.npy",
                                       .tail_keys = "segment-tail-keys.npy",
                                       .tail_codes = "segment-tail-codes.bin",
                                       .removed = "segment-removed.npy",
                                       .many_a_key = true};

/// Rows one behind the other.
struct RowRange {
  std::size_t first = 0;
  std::size_t count = 0;
};

/// One set of rows of a snapshot that is searched: a base and, if something has changed since that was made,
/// a tail of rows added or replaced and the base's rows that no longer count. Rows are numbered through:
/// base, then tail. Files are mapped: opening costs the same whatever their size, but for the tail's keys,
/// and for FAISS's own files, which FAISS reads. Immutable; thread-safe.
class SnapshotRows {
 public:
  /// @throws Error(corrupt_data) naming the file and the way back (`resonance index --rebuild`);
  /// Error(not_found, unreadable)
  SnapshotRows(const std::filesystem::path& folder, const RowFiles& files, const RowCounts& counts,
               const IndexRecord& record);

  [[nodiscard]] std::size_t rows() const noexcept {
    return exact_->size();
  }  ///< those that do not count included
  [[nodiscard]] const RowCounts& counts() const noexcept { return counts_; }
  [[nodiscard]] bool has_tail() const noexcept { return tail_ != nullptr; }
  [[nodiscard]] std::size_t dimensions() const noexcept { return fused_.cols(); }

  /// Whether a row counts. @param row  below rows()
  [[nodiscard]] bool has(std::size_t row) const { return exact_->has(row); }
  /// Key in the catalog. @param row  below rows()
  [[nodiscard]] std::int64_t key_of(std::size_t row) const;
  /// The rows of a catalog key that count; none if it was not there when the snapshot was made.
  [[nodiscard]] RowRange rows_of(std::int64_t key) const;
  /// 512 values. @param row  below rows()
  [[nodiscard]] std::span<const float> embedding(std::size_t row) const { return exact_->vector(row); }

  /// Finds rows, as the record says. Over rows(); those that do not count never come back.
  [[nodiscard]] const index::LayeredIndex& index() const noexcept { return *index_; }
  /// The same by exact search.
  [[nodiscard]] const index::LayeredIndex& exact() const noexcept { return *exact_; }

  /// The base's keys, ascending, and embeddings, rows that no longer count included.
  [[nodiscard]] std::span<const std::int64_t> base_keys() const { return keys_.integers(); }
  [[nodiscard]] const NpyFile& base_embeddings() const noexcept { return fused_; }
  /// Its rows that do not count, ascending.
  [[nodiscard]] std::span<const std::int64_t> removed_rows() const;

  /// Names of the files that are mapped.
  [[nodiscard]] std::vector<std::string_view> files() const;
  /// Whether the base's keys are in order, which opening does not look at. @throws Error(corrupt_data)
  void verify_order() const;

 private:
  struct Tail {
    Tail(const std::filesystem::path& folder, const RowFiles& files);
    NpyFile keys;
    NpyFile fused;
    NpyFile removed;
    std::shared_ptr<const index::RowCodes> codes;
  };

  void check_base() const;
  void check_tail() const;
  void open_index(const IndexRecord& record);
  [[nodiscard]] index::RowFilter base_left() const;

  std::filesystem::path folder_;
  RowFiles files_;
  RowCounts counts_;
  std::string factory_;
  NpyFile keys_;
  NpyFile fused_;
  std::shared_ptr<const index::RowCodes> codes_;
  std::unique_ptr<const Tail> tail_;
  std::shared_ptr<const index::LayeredIndex> exact_;
  std::shared_ptr<const index::LayeredIndex> index_;
};

/// An Error(corrupt_data) for a file of a snapshot, with the way back.
Error damaged_file(const std::filesystem::path& file, const std::string& what);

/// Whether an index of this name is a FAISS index, and not exact search or a graph.
bool is_faiss_index(std::string_view factory);
bool is_graph_index(std::string_view factory);

}  // namespace resonance::engine
