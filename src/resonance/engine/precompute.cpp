#include "resonance/engine/precompute.h"

#include "resonance/audio/audio_file.h"
#include "resonance/cache/feature_cache.h"
#include "resonance/core/error.h"
#include "resonance/engine/library_scan.h"
#include "resonance/engine/track_analysis.h"
#include "resonance/engine/workers.h"

#include <algorithm>
#include <string>
#include <utility>

namespace resonance::engine {
namespace {

struct Result {
  bool computed = false;
  double audio_s = 0;
  FailedItem problem;
};

/// An error of the store, not of the file: it ends the run.
bool concerns_the_store(ErrorCode code) { return code == ErrorCode::no_space || code == ErrorCode::busy; }

Result precompute_one(const std::string& path, cache::FeatureCache& cache, const std::stop_token& stop) {
  try {
    const ContentHash hash = audio::probe(path).hash;
    if (cache.contains(hash)) return {};
    const auto writer = cache.begin(hash);
    const TrackAnalysis analysis =
        stream_features(path, stop, [&](const FeatureBlock& block) { writer->push(block); });
    writer->commit();
    return {true, analysis.audio.duration_s, {}};
  } catch (const Error& error) {
    if (error.code() == ErrorCode::cancelled || concerns_the_store(error.code())) throw;
    return {false, 0, {path, std::string(name_of(error.code())), error.what()}};
  }
}

}  // namespace

PrecomputeReport precompute(const std::vector<std::filesystem::path>& roots,
                            const std::filesystem::path& cache_directory, unsigned jobs,
                            const ProgressCallback& progress, const std::stop_token& stop) {
  const auto cache = cache::open_sqlite_cache(cache_directory);
  const LibraryScan scan = scan_library(roots, stop);
  PrecomputeReport report;
  for (const UnreadablePlace& place : scan.unreadable) {
    report.failed.push_back({place.path, place.error_code, place.message});
  }
  Batch batch("analysing", scan.files.size(), progress);
  report.cancelled = !run_workers(jobs, scan.files.size(), stop, [&](std::size_t i) {
    const std::string& path = scan.files[i].path;
    Result result = precompute_one(path, *cache, stop);
    const std::string problem = result.problem.message;
    batch.finish_one(path, problem, result.audio_s, [&] {
      report.audio_s += result.audio_s;
      if (!problem.empty()) {
        report.failed.push_back(std::move(result.problem));
      } else {
        ++(result.computed ? report.computed : report.present);
      }
    });
  });
  std::sort(report.failed.begin(), report.failed.end(),
            [](const FailedItem& a, const FailedItem& b) { return a.path < b.path; });
  report.elapsed_s = batch.elapsed_s();
  report.cache_bytes = cache->bytes();
  return report;
}

}  // namespace resonance::engine
