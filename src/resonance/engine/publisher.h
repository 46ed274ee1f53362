#pragma once

#include "resonance/catalog/catalog.h"
#include "resonance/embedding/embedder.h"
#include "resonance/engine/catalog_meta.h"
#include "resonance/engine/index_request.h"
#include "resonance/engine/snapshot.h"
#include "resonance/index/auto_index.h"

#include <cstddef>
#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>

namespace resonance::engine {

/// How snapshots are made.
struct PublishOptions {
  /// What the index shall be from now on; if absent, what the catalog was asked for last, or "auto".
  std::optional<IndexRequest> index{};
  /// Up to so many tracks a snapshot is written whole each time: quicker than it is worth to avoid.
  std::size_t whole_tracks = kMaxListedTracks;
  /// Tail and removed rows, as a share of the base, from which on the base is made anew.
  double drift = 0.1;
  /// Up to so many segments are searched exactly whatever was asked for: a passage among them takes some
  /// 64 ms, and a graph of them minutes to link.
  std::size_t exact_segments = 1'000'000;
  /// How "auto" chooses; its recall is the request's.
  index::AutoConfig choice{};
};

/// Makes and publishes snapshots of a catalog that this process holds open for writing. A library beyond
/// `whole_tracks` gets small publishes: a new folder in which the base's files are hard links, with what has
/// changed since beside them. When that is more than a tenth of the base, all is made anew, projection and
/// choice of index included.
///
/// A kill at any moment leaves the old snapshot or the new one current. The one before the current stays on
/// disk for readers that are just opening it; older ones, and what kills left behind, are removed by the next
/// publish.
///
/// Thread-safe. rebuild() may run on a thread of its own while others publish and add tracks: it reads the
/// catalog through a connection of its own, and what changed meanwhile becomes the tail of its snapshot. One
/// publisher a catalog.
/// @throws (all members) Error(no_space, unreadable, cancelled): the old snapshot stays
class SnapshotPublisher {
 public:
  /// @param catalog  open for writing; must outlive this
  SnapshotPublisher(catalog::Catalog& catalog, embedding::ModelInfo model, PublishOptions options = {});
  ~SnapshotPublisher() = default;
  SnapshotPublisher(const SnapshotPublisher&) = delete;
  SnapshotPublisher(SnapshotPublisher&&) = delete;
  SnapshotPublisher& operator=(const SnapshotPublisher&) = delete;
  SnapshotPublisher& operator=(SnapshotPublisher&&) = delete;

  /// Brings the snapshot up to date, by the cheaper way that keeps within `drift`; nothing if it is. A
  /// damaged one is made anew. @return whether there was anything to do
  bool publish(const std::stop_token& stop);
  /// Only ever a small publish, however much has changed. @return false, and nothing done, if the library is
  /// small, there is no sound snapshot to add to, or another index is asked for: then rebuild() it
  bool publish_changes(const std::stop_token& stop);
  /// Whether what is published has drifted so far that a rebuild is due. Cheap.
  [[nodiscard]] bool needs_rebuild() const;
  /// Makes all anew from the descriptors, without audio. Memory is bounded but for keys and, where one is
  /// built, the graph. @param refit  the projection too, even if the library has changed by less than a tenth
  void rebuild(bool refit, const std::stop_token& stop);

 private:
  class FolderGuard;
  enum class Answer { done, unnecessary, impossible };
  Answer try_small(const std::stop_token& stop, bool within_drift);
  [[nodiscard]] bool segments_drifted(const Snapshot& before) const;
  void add_segment_changes(const std::filesystem::path& folder, const Snapshot* kept, CatalogMeta& meta,
                           const std::stop_token& stop) const;
  void swap_in(FolderGuard& built);
  void clear_left_overs(const Snapshot& current) const;
  [[nodiscard]] std::filesystem::path next_folder() const;
  [[nodiscard]] IndexRequest request() const;

  catalog::Catalog& catalog_;
  embedding::ModelInfo model_;
  PublishOptions options_;
  std::mutex publishing_;           // held for a small publish, and for the end of a rebuild
  std::mutex rebuilding_;           // one rebuild at a time
  std::filesystem::path building_;  // not to be cleared away; under publishing_
};

/// Publishes once; `refit` makes all anew. @throws Error as SnapshotPublisher
void publish_snapshot(catalog::Catalog& catalog, const embedding::ModelInfo& model, bool refit,
                      const std::stop_token& stop);

}  // namespace resonance::engine
