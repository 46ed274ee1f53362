#pragma once

#include "resonance/catalog/catalog.h"
#include "resonance/core/npy.h"
#include "resonance/embedding/embedder.h"
#include "resonance/embedding/projection.h"
#include "resonance/engine/catalog_meta.h"
#include "resonance/index/row_codes.h"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <stop_token>
#include <string>

namespace resonance::engine {

/// The searchable side of a catalog at one moment: index.faiss, embeddings.npy, timbre.npy, harmony.npy,
/// rhythm.npy, keys.npy, codes.bin, projection.bin and meta.json, all of one revision. It follows from
/// tracks.db and can always be made anew.
///
/// On disk each snapshot is a folder of its own, `snapshots/<number>`; `current` is a symbolic link to the
/// newest, and `index.faiss`, `meta.json` and so on are links through it. Publishing swaps that one link, so
/// a reader, or a kill at any moment, sees the old snapshot or the new one whole. Immutable once open;
/// thread-safe.
class Snapshot {
 public:
  /// The current snapshot, files memory-mapped; nothing if none was published yet.
  /// @throws Error(corrupt_data, version_mismatch) naming the file and the way back (`resonance index
  /// --rebuild`)
  static std::optional<Snapshot> open(const std::filesystem::path& catalog_directory);

  [[nodiscard]] const CatalogMeta& meta() const noexcept { return meta_; }
  [[nodiscard]] const embedding::ModelInfo& model() const noexcept { return meta_.model; }
  [[nodiscard]] std::int64_t revision() const noexcept {
    return meta_.revision;
  }  ///< of the catalog it was made from
  [[nodiscard]] std::size_t size() const noexcept { return keys_.rows(); }  ///< N
  [[nodiscard]] std::span<const std::int64_t> keys() const {
    return keys_.integers();
  }                                                                       ///< catalog keys by row
  [[nodiscard]] const NpyFile& fused() const noexcept { return fused_; }  ///< N x 512
  /// Of fused(), for exact search.
  [[nodiscard]] const std::shared_ptr<const index::RowCodes>& codes() const noexcept { return codes_; }
  [[nodiscard]] const NpyFile& timbre() const noexcept { return timbre_; }
  [[nodiscard]] const NpyFile& harmony() const noexcept { return harmony_; }
  [[nodiscard]] const NpyFile& rhythm() const noexcept { return rhythm_; }
  /// Reads every file whole and holds it against its checksum in meta.json, which opening does not.
  /// @throws Error(corrupt_data, unreadable) naming the file
  void verify() const;
  /// Row of a catalog key, if it was there when the snapshot was made.
  [[nodiscard]] std::optional<std::size_t> row_of(std::int64_t key) const;
  /// Absent only for an empty library.
  [[nodiscard]] const std::optional<embedding::Projection>& projection() const noexcept {
    return projection_;
  }

 private:
  explicit Snapshot(const std::filesystem::path& folder);

  std::filesystem::path folder_;
  CatalogMeta meta_;
  NpyFile keys_;
  NpyFile fused_;
  NpyFile timbre_;
  NpyFile harmony_;
  NpyFile rhythm_;
  std::shared_ptr<const index::RowCodes> codes_;
  std::optional<embedding::Projection> projection_;
};

/// Makes and publishes the snapshot of a catalog held open for writing. The projection is kept while the
/// library has changed by less than a tenth since it was fitted, and fitted anew otherwise or when `refit`.
/// Memory is bounded whatever the library's size.
/// @throws Error(no_space, unreadable, cancelled): the old snapshot stays
void publish_snapshot(const catalog::Catalog& catalog, const embedding::ModelInfo& model, bool refit,
                      const std::stop_token& stop);

}  // namespace resonance::engine
