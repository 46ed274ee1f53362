#include "resonance/engine/indexer.h"

#include "resonance/audio/audio_file.h"
#include "resonance/cache/feature_cache.h"
#include "resonance/core/error.h"
#include "resonance/embedding/embedder.h"
#include "resonance/engine/library_scan.h"
#include "resonance/engine/model_of_catalog.h"
#include "resonance/engine/scan_plan.h"
#include "resonance/engine/snapshot.h"
#include "resonance/engine/track_analysis.h"
#include "resonance/engine/workers.h"

#include <algorithm>
#include <atomic>
#include <exception>
#include <map>
#include <memory>
#include <mutex>
#include <new>
#include <set>
#include <thread>
#include <utility>

namespace resonance::engine {
namespace {

/// What became of one file.
enum class Outcome { analysed, reused, moved, retagged, failed };

/// Tracks whose file is gone, waiting to be recognised under another path. Thread-safe.
class MissingTracks {
 public:
  MissingTracks(const std::vector<std::int64_t>& keys, const std::vector<catalog::KnownFile>& known) {
    const std::set<std::int64_t> missing(keys.begin(), keys.end());
    for (const catalog::KnownFile& track : known) {
      if (track.key != 0 && missing.contains(track.key)) by_hash_.emplace(track.hash, track.key);
    }
  }

  [[nodiscard]] bool any() const {
    const std::scoped_lock lock(mutex_);
    return !by_hash_.empty();
  }
  /// The key of a missing track of this content, which is then missing no longer.
  std::optional<std::int64_t> claim(const ContentHash& hash) {
    const std::scoped_lock lock(mutex_);
    const auto found = by_hash_.find(hash);
    if (found == by_hash_.end()) return std::nullopt;
    const std::int64_t key = found->second;
    by_hash_.erase(found);
    return key;
  }
  [[nodiscard]] std::vector<std::int64_t> left() const {
    const std::scoped_lock lock(mutex_);
    std::vector<std::int64_t> keys;
    for (const auto& [hash, key] : by_hash_) keys.push_back(key);
    return keys;
  }

 private:
  mutable std::mutex mutex_;
  std::multimap<ContentHash, std::int64_t> by_hash_;
};

/// One file at a time, from path to catalog. Thread-safe.
class FileIndexer {
 public:
  FileIndexer(catalog::Catalog& catalog, const embedding::Embedder& embedder,
              const cache::FeatureCache* cache, MissingTracks& missing, std::stop_token stop)
      : catalog_(catalog), embedder_(embedder), cache_(cache), missing_(missing), stop_(std::move(stop)) {}

  struct Result {
    Outcome outcome = Outcome::failed;
    double audio_s = 0;
    FailedItem problem;  ///< of a failure, or a warning; message empty otherwise
  };

  /// @throws Error(cancelled) and whatever the catalog throws; trouble with the file itself is a Result
  Result index(const WorkItem& item) {
    TrackAnalysis analysis;
    Result result;
    try {
      if (auto known = recognise(item)) return *known;
      if (auto cached = from_cache(item)) {
        analysis = std::move(*cached);
        result.outcome = Outcome::reused;
      } else {
        analysis = analyse(item.file.path, embedder_, stop_);
        result.outcome = Outcome::analysed;
        result.audio_s = analysis.audio.duration_s;
      }
    } catch (const Error& error) {
      if (error.code() == ErrorCode::cancelled || dynamic_cast<const CatalogFailure*>(&error) != nullptr)
        throw;
      return failed(item, name_of(error.code()), error.what());
    } catch (const std::bad_alloc&) {
      return failed(item, name_of(ErrorCode::limit_exceeded),
                    item.file.path + " needs more memory than there is");
    }
    if (!analysis.warning.empty()) {
      result.problem = {item.file.path, std::string(name_of(ErrorCode::corrupt_data)), analysis.warning};
    }
    put(item, std::move(analysis));
    return result;
  }

 private:
  /// Marks an error of the catalog, which ends the run, among those of the file, which do not.
  struct CatalogFailure : Error {
    explicit CatalogFailure(const Error& error) : Error(error.code(), error.what()) {}
  };
  template <typename Action>
  static auto on_catalog(const Action& action) {
    try {
      return action();
    } catch (const Error& error) {
      throw CatalogFailure(error);
    }
  }

  Result failed(const WorkItem& item, std::string_view code, const std::string& message) {
    on_catalog([&] { catalog_.put_failed({item.file.path, item.file.stamp, std::string(code), message}); });
    return {Outcome::failed, 0, {item.file.path, std::string(code), message}};
  }

  /// A file whose content the catalog knows: moved, retagged, or a further copy. Looks only where that can
  /// be.
  std::optional<Result> recognise(const WorkItem& item) {
    if (!item.known_path && !missing_.any()) return std::nullopt;
    const audio::AudioProbe probe = audio::probe(item.file.path);
    const auto same = on_catalog([&] { return catalog_.find_by_hash(probe.hash); });
    if (same.empty()) return std::nullopt;
    for (const catalog::Track& track : same) {
      if (track.path != item.file.path) continue;
      on_catalog([&] { catalog_.update_files({{track.key, item.file.path, item.file.stamp, probe.tags}}); });
      return Result{Outcome::retagged, 0, {}};
    }
    if (const auto key = missing_.claim(probe.hash)) {
      on_catalog([&] { catalog_.update_files({{*key, item.file.path, item.file.stamp, probe.tags}}); });
      return Result{Outcome::moved, 0, {}};
    }
    on_catalog([&] {
      catalog::Track copy = same.front();
      copy.key = 0;
      copy.path = item.file.path;
      copy.stamp = item.file.stamp;
      copy.tags = probe.tags;
      copy.descriptor = catalog_.descriptor_of(same.front().key);
      catalog_.put(std::move(copy));
    });
    return Result{Outcome::reused, 0, {}};
  }

  std::optional<TrackAnalysis> from_cache(const WorkItem& item) const {
    if (cache_ == nullptr) return std::nullopt;
    return analyse_cached(audio::probe(item.file.path), *cache_, embedder_);
  }

  void put(const WorkItem& item, TrackAnalysis analysis) {
    catalog::Track track;
    track.path = item.file.path;
    track.stamp = item.file.stamp;
    track.hash = analysis.hash;
    track.tags = std::move(analysis.tags);
    track.audio = std::move(analysis.audio);
    track.description = analysis.description;
    track.warning = std::move(analysis.warning);
    track.descriptor = embedding::encode(analysis.descriptor);
    on_catalog([&] { catalog_.put(std::move(track)); });
  }

  catalog::Catalog& catalog_;
  const embedding::Embedder& embedder_;
  const cache::FeatureCache* cache_;
  MissingTracks& missing_;
  std::stop_token stop_;
};

void count(IndexReport& report, FileIndexer::Result&& result) {
  switch (result.outcome) {
    case Outcome::analysed:
      ++report.analysed;
      break;
    case Outcome::reused:
      ++report.reused;
      break;
    case Outcome::moved:
      ++report.moved;
      break;
    case Outcome::retagged:
      ++report.retagged;
      break;
    case Outcome::failed:
      report.failed.push_back(std::move(result.problem));
      return;
  }
  report.audio_s += result.audio_s;
  if (!result.problem.message.empty()) report.warnings.push_back(std::move(result.problem));
}

void sort_by_path(std::vector<FailedItem>& items) {
  std::sort(items.begin(), items.end(),
            [](const FailedItem& a, const FailedItem& b) { return a.path < b.path; });
}

/// Whether the snapshot on disk is already what publishing would make.
bool snapshot_is_current(const catalog::Catalog& catalog, const embedding::ModelInfo& model) {
  try {
    const auto snapshot = Snapshot::open(catalog.directory());
    return snapshot && snapshot->revision() == catalog.revision() && snapshot->model() == model;
  } catch (const Error&) {
    return false;
  }
}

}  // namespace

IndexReport index_library(const std::vector<std::filesystem::path>& roots, const IndexOptions& options,
                          const ProgressCallback& progress, const std::stop_token& stop) {
  const auto embedder = embedding::make_statistics_embedder();
  catalog::Catalog catalog(options.catalog_directory, catalog::OpenMode::create);
  require_model(catalog, embedder->info());
  const auto cache = open_existing_cache(options.cache_directory);

  const LibraryScan scan = scan_library(roots, stop);
  const auto known = catalog.known_files();
  ScanPlan plan = plan_scan(scan, known, catalog.failed(), options.retry_failed);
  MissingTracks missing(plan.missing, known);
  FileIndexer files(catalog, *embedder, cache.get(), missing, stop);

  IndexReport report;
  report.unchanged = plan.unchanged;
  for (const UnreadablePlace& place : scan.unreadable) {
    report.failed.push_back({place.path, place.error_code, place.message});
  }
  for (catalog::FailedFile& file : plan.still_failed) {
    report.failed.push_back({std::move(file.path), std::move(file.error_code), std::move(file.message)});
  }

  Batch batch(plan.work.size(), progress);
  report.cancelled = !run_workers(options.jobs, plan.work.size(), stop, [&](std::size_t i) {
    FileIndexer::Result result = files.index(plan.work[i]);
    const std::string problem = result.problem.message;
    batch.finish_one(plan.work[i].file.path, problem, result.audio_s,
                     [&] { count(report, std::move(result)); });
  });
  if (!report.cancelled) {
    // Only now is it sure that what is missing was not found elsewhere.
    const std::vector<std::int64_t> gone = missing.left();
    if (!gone.empty()) catalog.remove(gone);
    report.removed = gone.size();
    if (!plan.failed_and_gone.empty()) catalog.clear_failed(plan.failed_and_gone);
  }
  report.tracks = catalog.track_count();
  if (options.rebuild || !snapshot_is_current(catalog, embedder->info())) {
    // A cancelled run publishes what it has, so that it can be searched; a second request to stop kills it.
    publish_snapshot(catalog, embedder->info(), options.rebuild, {});
  }
  report.elapsed_s = batch.elapsed_s();
  sort_by_path(report.failed);
  sort_by_path(report.warnings);
  return report;
}

}  // namespace resonance::engine
