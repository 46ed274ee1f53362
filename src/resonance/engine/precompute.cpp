#include "resonance/engine/precompute.h"

#include "resonance/audio/audio_file.h"
#include "resonance/cache/feature_cache.h"
#include "resonance/core/error.h"
#include "resonance/core/npz.h"
#include "resonance/engine/library_scan.h"
#include "resonance/engine/listening.h"
#include "resonance/engine/track_analysis.h"
#include "resonance/engine/workers.h"

#include <algorithm>
#include <array>
#include <span>
#include <string>
#include <utility>

namespace resonance::engine {
namespace {

struct Result {
  bool computed = false;
  bool taught = false;
  double audio_s = 0;
  FailedItem problem;
};

/// An error of the store, not of the file: it ends the run.
bool concerns_the_store(ErrorCode code) { return code == ErrorCode::no_space || code == ErrorCode::busy; }

std::vector<ListeningModel> open_teachers(const TeacherRequest& request) {
  std::vector<ListeningModel> teachers;
  for (const std::filesystem::path& file : request.models) {
    teachers.push_back(open_listening_model(file.string()));
    const std::string& name = teachers.back().name;
    if (teachers.back().audio_model == nullptr) {
      throw Error(ErrorCode::invalid_argument,
                  file.string() + " hears features, not audio, and is no teacher");
    }
    for (std::size_t i = 0; i + 1 < teachers.size(); ++i) {
      if (teachers[i].name == name)
        throw Error(ErrorCode::invalid_argument, "two teachers are named " + name);
    }
  }
  if (teachers.empty()) return teachers;
  std::error_code problem;
  std::filesystem::create_directories(request.folder, problem);
  if (problem) throw system_error(problem.value(), "cannot make folder " + request.folder.string());
  return teachers;
}

void write_teaching(const std::filesystem::path& file, const std::vector<ListeningModel>& teachers,
                    const std::vector<ModelAnswer>& answers) {
  std::size_t slowest = 0;
  const auto patch_s = [&](std::size_t teacher) {
    return teachers[teacher].audio_model->contract().patch_s();
  };
  for (std::size_t i = 1; i < teachers.size(); ++i) {
    if (patch_s(i) > patch_s(slowest)) slowest = i;
  }
  const std::vector<double>& starts = answers[slowest].patches.start_s;
  NpzWriter writer(file);
  const auto add = [&](std::string_view name, const std::vector<float>& values, std::size_t cols) {
    const std::array<std::span<const float>, 1> parts{values};
    writer.add(name, parts, starts.size(), cols);
  };
  add("start", {starts.begin(), starts.end()}, 0);
  for (std::size_t i = 0; i < teachers.size(); ++i) {
    std::vector<float> rows;
    for (const double start : starts) {
      const std::vector<float> row = mean_within(answers[i].patches, patch_s(i), start, patch_s(slowest));
      rows.insert(rows.end(), row.begin(), row.end());
    }
    add(teachers[i].name, rows, answers[i].patches.vectors.cols());
  }
  writer.commit();
}

Result precompute_one(const std::string& path, cache::FeatureCache& cache,
                      const std::vector<ListeningModel>& teachers,
                      const std::filesystem::path& teacher_folder, const std::stop_token& stop) {
  try {
    Result result;
    const ContentHash hash = audio::probe(path).hash;
    if (!cache.contains(hash)) {
      const auto writer = cache.begin(hash);
      const TrackAnalysis analysis =
          stream_features(path, stop, [&](const FeatureBlock& block) { writer->push(block); });
      writer->commit();
      result.computed = true;
      result.audio_s = analysis.audio.duration_s;
    }
    const std::filesystem::path teaching = teacher_folder / (to_hex(hash) + ".npz");
    if (!teachers.empty() && !std::filesystem::exists(teaching)) {
      const Listening heard = listen(path, teachers, {}, stop);
      write_teaching(teaching, teachers, heard.answers);
      result.taught = true;
      result.audio_s = heard.audio_s;
    }
    return result;
  } catch (const Error& error) {
    if (error.code() == ErrorCode::cancelled || concerns_the_store(error.code())) throw;
    return {.problem = {path, std::string(name_of(error.code())), error.what()}};
  }
}

}  // namespace

PrecomputeReport precompute(const std::vector<std::filesystem::path>& roots,
                            const std::filesystem::path& cache_directory,
                            const TeacherRequest& teacher_request, unsigned jobs,
                            const ProgressCallback& progress, const std::stop_token& stop) {
  const std::vector<ListeningModel> teachers = open_teachers(teacher_request);
  const auto cache = cache::open_sqlite_cache(cache_directory);
  const LibraryScan scan = scan_library(roots, stop);
  PrecomputeReport report;
  for (const UnreadablePlace& place : scan.unreadable) {
    report.failed.push_back({place.path, place.error_code, place.message});
  }
  if (!scan.files.empty()) audio::require_decoder();
  Batch batch("analysing", scan.files.size(), progress);
  report.cancelled = !run_workers(jobs, scan.files.size(), stop, [&](std::size_t i) {
    const std::string& path = scan.files[i].path;
    Result result = precompute_one(path, *cache, teachers, teacher_request.folder, stop);
    const std::string problem = result.problem.message;
    batch.finish_one(path, problem, result.audio_s, [&] {
      report.audio_s += result.audio_s;
      if (!problem.empty()) {
        report.failed.push_back(std::move(result.problem));
      } else {
        ++(result.computed ? report.computed : report.present);
        if (result.taught) ++report.taught;
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
