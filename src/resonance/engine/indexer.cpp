#include "resonance/engine/indexer.h"

#include "resonance/audio/audio_file.h"
#include "resonance/cache/feature_cache.h"
#include "resonance/core/error.h"
#include "resonance/embedding/embedder.h"
#include "resonance/engine/content_match.h"
#include "resonance/engine/library_scan.h"
#include "resonance/engine/model_of_catalog.h"
#include "resonance/engine/models.h"
#include "resonance/engine/publisher.h"
#include "resonance/engine/scan_plan.h"
#include "resonance/engine/segments_of_catalog.h"
#include "resonance/engine/track_analysis.h"
#include "resonance/engine/workers.h"

#include <algorithm>
#include <chrono>
#include <functional>
#include <memory>
#include <new>
#include <optional>
#include <string_view>
#include <thread>
#include <unordered_map>
#include <utility>

namespace resonance::engine {
namespace {

/// What became of one file.
enum class Outcome { analysed, reused, failed };

/// One file at a time, from path to catalog. Thread-safe.
class FileIndexer {
 public:
  FileIndexer(catalog::Catalog& catalog, const embedding::Embedder& embedder,
              const cache::FeatureCache* cache, std::stop_token stop)
      : catalog_(catalog),
        embedder_(embedder),
        cache_(cache),
        stop_(std::move(stop)),
        with_segments_(keeps_segments(catalog)) {}

  struct Result {
    Outcome outcome = Outcome::failed;
    double audio_s = 0;
    FailedItem problem;  ///< of a failure, or a warning; message empty otherwise
  };

  /// @throws Error(cancelled) and whatever the catalog throws; trouble with the file itself is a Result
  Result index(const WorkItem& item) {
    TrackAnalysis analysis;
    Result result;
    std::shared_ptr<catalog::SegmentStage> segments;
    bool catalog_failed = false;  // which ends the run, and is no fault of the file
    const auto sink = [&]() -> embedding::SegmentSink {
      if (!with_segments_) return {};
      segments = catalog_.stage_segments();
      return [&catalog_failed, stage = segments.get()](const embedding::Descriptor& descriptor) {
        catalog_failed = true;
        stage->add(embedding::encode(descriptor));
        catalog_failed = false;
      };
    };
    try {
      if (auto cached = cache_ == nullptr ? std::nullopt : from_cache(item, sink())) {
        analysis = std::move(*cached);
        result.outcome = Outcome::reused;
      } else {
        analysis = analyse(item.file.path, embedder_, stop_, sink());
        result.outcome = Outcome::analysed;
        result.audio_s = analysis.audio.duration_s;
      }
    } catch (const Error& error) {
      if (error.code() == ErrorCode::cancelled || catalog_failed) throw;
      return failed(item, name_of(error.code()), error.what());
    } catch (const std::bad_alloc&) {
      return failed(item, name_of(ErrorCode::limit_exceeded),
                    item.file.path + " needs more memory than there is");
    }
    if (!analysis.warning.empty()) {
      result.problem = {item.file.path, std::string(name_of(ErrorCode::corrupt_data)),
                        item.file.path + ": " + analysis.warning};
    }
    put(item, std::move(analysis), std::move(segments));
    return result;
  }

 private:
  Result failed(const WorkItem& item, std::string_view code, const std::string& message) {
    catalog_.put_failed({item.file.path, item.file.stamp, std::string(code), message});
    return {Outcome::failed, 0, {item.file.path, std::string(code), message}};
  }

  std::optional<TrackAnalysis> from_cache(const WorkItem& item, embedding::SegmentSink segments) const {
    return analyse_cached(audio::probe(item.file.path), *cache_, embedder_, std::move(segments));
  }

  void put(const WorkItem& item, TrackAnalysis analysis,
           std::shared_ptr<const catalog::SegmentStage> segments) {
    catalog::Track track;
    track.path = item.file.path;
    track.stamp = item.file.stamp;
    track.hash = analysis.hash;
    track.tags = std::move(analysis.tags);
    track.audio = std::move(analysis.audio);
    track.description = analysis.description;
    track.warning = std::move(analysis.warning);
    track.descriptor = embedding::encode(analysis.descriptor);
    track.segments = std::move(segments);
    catalog_.put(std::move(track));
  }

  catalog::Catalog& catalog_;
  const embedding::Embedder& embedder_;
  const cache::FeatureCache* cache_;
  std::stop_token stop_;
  bool with_segments_;
};

void count(IndexReport& report, FileIndexer::Result&& result) {
  switch (result.outcome) {
    case Outcome::analysed:
      ++report.analysed;
      break;
    case Outcome::reused:
      ++report.reused;
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

/// Probes those of the files that `wanted` says, on several threads. What cannot be read is left out:
/// analysing it will say why. @return false if stopped
bool probe_files(const std::vector<WorkItem>& work, const std::function<bool(const WorkItem&)>& wanted,
                 unsigned jobs, const ProgressCallback& progress, const std::stop_token& stop,
                 std::vector<ProbedFile>& probed) {
  std::vector<std::size_t> chosen;
  for (std::size_t i = 0; i < work.size(); ++i) {
    if (wanted(work[i])) chosen.push_back(i);
  }
  if (!chosen.empty()) audio::require_decoder();
  std::vector<std::optional<ProbedFile>> found(chosen.size());
  Batch batch("recognising", chosen.size(), progress);
  const bool done = run_workers(jobs, chosen.size(), stop, [&](std::size_t i) {
    const std::string& path = work[chosen[i]].file.path;
    try {
      audio::AudioProbe probe = audio::probe(path);
      found[i] = ProbedFile{chosen[i], probe.hash, std::move(probe.tags)};
    } catch (const Error&) {
      // Left out: see above.
    }
    batch.finish_one(path, {}, 0, [] {});
  });
  for (std::optional<ProbedFile>& file : found) {
    if (file) probed.push_back(std::move(*file));
  }
  return done;
}

/// Finds files whose content the catalog knows, under whatever name, and settles them without analysis.
/// @return nothing if stopped
std::optional<ContentMatch> recognise(catalog::Catalog& catalog, const ScanPlan& plan,
                                      const std::vector<catalog::KnownFile>& known, unsigned jobs,
                                      const ProgressCallback& progress, const std::stop_token& stop) {
  std::vector<ProbedFile> probed;
  const auto at_known_path = [](const WorkItem& item) { return item.known_path; };
  if (!probe_files(plan.work, at_known_path, jobs, progress, stop, probed)) return std::nullopt;
  ContentMatch match = match_content(plan, probed, known);
  // A new file is worth reading twice only if a track may have moved there: one that is missing, or whose
  // path holds something else now.
  const std::size_t retagged = match.updates.size() - match.moved;
  if (!plan.missing.empty() || retagged < probed.size()) {
    if (!probe_files(plan.work, std::not_fn(at_known_path), jobs, progress, stop, probed))
      return std::nullopt;
    match = match_content(plan, probed, known);
  }

  if (!match.updates.empty()) catalog.update_files(match.updates);
  std::vector<catalog::Track> copies;
  for (const Copy& copy : match.copies) {
    const ProbedFile& file = probed[copy.probed];
    const ScannedFile& place = plan.work[file.work].file;
    catalog::Track track = catalog.find_by_key(copy.key).value();
    track.key = 0;
    track.path = place.path;
    track.stamp = place.stamp;
    track.tags = file.tags;
    track.descriptor = catalog.descriptor_of(copy.key);
    track.segments = catalog.stage_segments_of(copy.key);
    copies.push_back(std::move(track));
  }
  if (!copies.empty()) catalog.put(std::move(copies));
  return match;
}

/// Tracks that are gone, without those under a root that holds no audio file at all: more likely a disk that
/// is not mounted than a library thrown away. Such roots are reported as failed.
std::vector<std::int64_t> surely_gone(const std::vector<std::int64_t>& gone, const LibraryScan& scan,
                                      const std::vector<catalog::KnownFile>& known,
                                      std::vector<FailedItem>& failed) {
  std::unordered_map<std::int64_t, std::string_view> path_of;
  for (const catalog::KnownFile& track : known) path_of.emplace(track.key, track.path);
  std::vector<std::pair<std::string_view, std::size_t>> empty_roots;  // and how many tracks are missing there
  for (const std::string& root : scan.roots) {
    const auto inside = [&](const ScannedFile& file) { return lies_under(file.path, root); };
    if (std::none_of(scan.files.begin(), scan.files.end(), inside)) empty_roots.emplace_back(root, 0);
  }
  std::vector<std::int64_t> result;
  for (const std::int64_t key : gone) {
    const auto root = std::find_if(empty_roots.begin(), empty_roots.end(), [&](const auto& candidate) {
      return lies_under(path_of[key], candidate.first);
    });
    if (root == empty_roots.end()) {
      result.push_back(key);
    } else {
      ++root->second;
    }
  }
  for (const auto& [root, tracks] : empty_roots) {
    if (tracks == 0) continue;
    failed.push_back({std::string(root), std::string(name_of(ErrorCode::not_found)),
                      std::string(root) + " holds no audio file any more, and the catalog " +
                          std::to_string(tracks) +
                          " tracks of it: they are kept, in case a disk is not mounted (if they are gone for "
                          "good: --accept-empty)"});
  }
  return result;
}

/// Files of the scan whose tracks are known and have no segments yet, but for those that failed.
std::vector<WorkItem> without_segments(const catalog::Catalog& catalog, const LibraryScan& scan) {
  std::unordered_map<std::string_view, const ScannedFile*> scanned;
  for (const ScannedFile& file : scan.files) scanned.emplace(file.path, &file);
  for (const catalog::FailedFile& file : catalog.failed()) scanned.erase(file.path);
  std::vector<WorkItem> work;
  for (const std::int64_t key : catalog.keys_without_segments()) {
    const auto found = scanned.find(catalog.find_by_key(key).value().path);
    if (found != scanned.end()) work.push_back({.file = *found->second, .known_path = true});
  }
  return work;
}

}  // namespace

IndexReport index_library(const std::vector<std::filesystem::path>& roots, const IndexOptions& options,
                          const ProgressCallback& progress, const std::stop_token& stop) {
  const auto start = std::chrono::steady_clock::now();
  catalog::Catalog catalog(options.catalog_directory, catalog::OpenMode::create);
  const auto embedder = model_for(catalog, options.model);
  const auto cache = open_existing_cache(options.cache_directory);
  if (options.segments) keep_segments(catalog, *options.segments);

  const LibraryScan scan = scan_library(roots, stop);
  const auto known = catalog.known_files();
  ScanPlan plan = plan_scan(scan, known, catalog.failed(), options.retry_failed);
  IndexReport report;
  report.unchanged = plan.unchanged;
  for (const UnreadablePlace& place : scan.unreadable) {
    report.failed.push_back({place.path, place.error_code, place.message});
  }
  for (catalog::FailedFile& file : plan.still_failed) {
    report.failed.push_back({std::move(file.path), std::move(file.error_code), std::move(file.message)});
  }

  const auto match = recognise(catalog, plan, known, options.jobs, progress, stop);
  report.cancelled = !match;
  if (match) {
    report.moved = match->moved;
    report.retagged = match->updates.size() - match->moved;
    report.reused = match->copies.size();
    std::vector<WorkItem> unsettled;
    for (std::size_t i = 0; i < plan.work.size(); ++i) {
      if (!match->settled[i]) unsettled.push_back(plan.work[i]);
    }
    FileIndexer files(catalog, *embedder, cache.get(), stop);
    const auto index_all = [&](const std::vector<WorkItem>& work) {
      if (!work.empty()) audio::require_decoder();
      Batch batch("analysing", work.size(), progress);
      return run_workers(options.jobs, work.size(), stop, [&](std::size_t i) {
        FileIndexer::Result result = files.index(work[i]);
        const std::string problem = result.problem.message;
        batch.finish_one(work[i].file.path, problem, result.audio_s,
                         [&] { count(report, std::move(result)); });
      });
    };
    report.cancelled = !index_all(unsettled);
    if (!report.cancelled && keeps_segments(catalog)) {
      const std::size_t listened = report.analysed + report.reused;
      report.cancelled = !index_all(without_segments(catalog, scan));
      report.segmented = report.analysed + report.reused - listened;
    }
  }
  if (!report.cancelled) {
    const std::vector<std::int64_t> gone =
        options.accept_empty ? match->gone : surely_gone(match->gone, scan, known, report.failed);
    if (!gone.empty()) catalog.remove(gone);
    report.removed = gone.size();
    if (!plan.failed_and_gone.empty()) catalog.clear_failed(plan.failed_and_gone);
  }
  report.tracks = catalog.track_count();
  PublishOptions publishing;
  publishing.index = options.index;
  publishing.choice.threads =
      options.jobs > 0 ? options.jobs : std::max(1U, std::thread::hardware_concurrency());
  SnapshotPublisher publisher(catalog, embedder->info(), publishing);
  // A cancelled run publishes what it has, so that it can be searched; a second request to stop kills it.
  if (options.rebuild) {
    publisher.rebuild(true, {});
  } else {
    publisher.publish({});
  }
  report.elapsed_s = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  sort_by_path(report.failed);
  sort_by_path(report.warnings);
  return report;
}

}  // namespace resonance::engine
