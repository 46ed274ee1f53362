#include "resonance/engine/evaluation_listening.h"

#include "resonance/audio/audio_file.h"
#include "resonance/core/error.h"
#include "resonance/core/feature_contract.h"
#include "resonance/engine/audio_encoding.h"
#include "resonance/engine/model_of_catalog.h"
#include "resonance/engine/workers.h"

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstdlib>
#include <iterator>
#include <utility>

namespace resonance::engine {
namespace {

namespace fs = std::filesystem;
using embedding::Descriptor;

constexpr unsigned kQuerySeed = 1;

/// One model, one file, no more than is needed of it.
struct Answer {
  Descriptor whole;
  std::vector<Descriptor> segments;
  std::vector<float> mean;
  std::vector<std::vector<float>> segment_means;
};

struct FileAnswers {
  std::vector<Answer> models;  ///< empty if the file could not be heard
  std::size_t segments = 0;
};

class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string pattern = (fs::temp_directory_path() / "resonance-XXXXXX").string();
    if (::mkdtemp(pattern.data()) == nullptr)
      throw system_error(errno, "cannot make a folder like " + pattern);
    path_ = pattern;
  }
  ~TemporaryFolder() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  [[nodiscard]] const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

/// As SegmentDescriptors counts them.
std::size_t segments_in(double audio_s, const SegmentPlan& plan) {
  const std::int64_t frames = frame_count(static_cast<std::int64_t>(std::llround(audio_s * kSampleRateHz)));
  const auto length = static_cast<std::int64_t>(std::llround(plan.length_s * kFramesPerSecond));
  const auto hop = static_cast<std::int64_t>(std::llround(plan.hop_s * kFramesPerSecond));
  return frames < length ? 0 : static_cast<std::size_t>(1 + (frames - length) / hop);
}

Answer reduced(ModelAnswer answer, const ListeningModel& model, const std::optional<SegmentPlan>& plan,
               double audio_s) {
  Answer result;
  if (model.embedder) {
    result.whole = std::move(answer.whole);
    result.segments = std::move(answer.segments);
    return result;
  }
  result.mean = mean_of(answer.patches);
  if (!plan) return result;
  const double patch_s = model.audio_model->contract().patch_s();
  for (std::size_t i = 0; i < segments_in(audio_s, *plan); ++i) {
    result.segment_means.push_back(
        mean_within(answer.patches, patch_s, static_cast<double>(i) * plan->hop_s, plan->length_s));
  }
  return result;
}

FileAnswers answers_of(const fs::path& file, const std::vector<ListeningModel>& models,
                       const ListeningOptions& options, const std::stop_token& stop, double& audio_s) {
  Listening listening = listen(file, models, options, stop);
  audio_s = listening.audio_s;
  FileAnswers result;
  std::vector<std::size_t> counts;
  for (std::size_t m = 0; m < models.size(); ++m) {
    result.models.push_back(reduced(std::move(listening.answers[m]), models[m], options.segments, audio_s));
    counts.push_back(models[m].embedder ? result.models.back().segments.size()
                                        : result.models.back().segment_means.size());
  }
  result.segments = *std::min_element(counts.begin(), counts.end());
  return result;
}

Matrix matrix_of(const std::vector<std::vector<float>>& rows) {
  if (rows.empty()) return {};
  Matrix matrix(rows.size(), rows.front().size());
  for (std::size_t r = 0; r < rows.size(); ++r) {
    if (rows[r].size() != matrix.cols()) {
      throw Error(ErrorCode::corrupt_data, "a model gives vectors of different dimensions");
    }
    std::copy(rows[r].begin(), rows[r].end(), matrix.row(r).begin());
  }
  return matrix;
}

FailedItem failure_of(const fs::path& file, const Error& error) {
  if (error.code() == ErrorCode::cancelled || error.code() == ErrorCode::no_space) throw error;
  return {file.string(), std::string(name_of(error.code())), error.what()};
}

/// Runs `work(i)` for all, which may fail for a file. @return false if stopped
template <typename Work>
bool for_each_file(std::string_view activity, const std::vector<fs::path>& files,
                   const EvaluateRequest& request, EvaluateReport& report, const ProgressCallback& progress,
                   const std::stop_token& stop, const Work& work) {
  audio::require_decoder();
  Batch batch(activity, files.size(), progress);
  std::vector<FailedItem> failed(files.size());
  const bool done = run_workers(request.jobs, files.size(), stop, [&](std::size_t i) {
    double audio_s = 0;
    try {
      work(i, audio_s);
    } catch (const Error& error) {
      failed[i] = failure_of(files[i], error);
    }
    batch.finish_one(files[i].string(), failed[i].message, audio_s, [&] { report.audio_s += audio_s; });
  });
  for (FailedItem& item : failed) {
    if (!item.message.empty()) report.failed.push_back(std::move(item));
  }
  return done;
}

void take_models(EvaluationListening& result, std::vector<FileAnswers>& answers, std::size_t models) {
  result.models.resize(models);
  for (std::size_t m = 0; m < models; ++m) {
    ModelVectors& vectors = result.models[m];
    std::vector<std::vector<float>> means;
    std::vector<std::vector<float>> segment_means;
    for (const std::size_t file : result.used) {
      Answer& answer = answers[file].models[m];
      const std::size_t segments = answers[file].segments;
      if (answer.mean.empty()) {
        vectors.whole.push_back(std::move(answer.whole));
        std::move(answer.segments.begin(), answer.segments.begin() + static_cast<std::ptrdiff_t>(segments),
                  std::back_inserter(vectors.segments));
      } else {
        means.push_back(std::move(answer.mean));
        std::move(answer.segment_means.begin(),
                  answer.segment_means.begin() + static_cast<std::ptrdiff_t>(segments),
                  std::back_inserter(segment_means));
      }
    }
    vectors.mean = matrix_of(means);
    vectors.segment_means = matrix_of(segment_means);
  }
}

/// The queries in one encoding, of those that could be made.
void ask_in(const AudioEncoding& encoding, const std::vector<fs::path>& files,
            const std::vector<ListeningModel>& models, const EvaluateRequest& request,
            EvaluationListening& result, EvaluateReport& report, const ProgressCallback& progress,
            const std::stop_token& stop) {
  const TemporaryFolder folder;
  const auto& queries = result.segments->queries();
  std::vector<fs::path> sources;
  sources.reserve(queries.size());
  for (const std::size_t query : queries) {
    sources.push_back(files[result.used[result.segments->places()[query].track]]);
  }
  std::vector<FileAnswers> answers(queries.size());
  result.cancelled =
      !for_each_file("asking", sources, request, report, progress, stop, [&](std::size_t i, double& audio_s) {
        const evaluation::SegmentPlace& place = result.segments->places()[queries[i]];
        const fs::path piece = write_encoded(sources[i], place.start_s, request.same_track.segment_s,
                                             encoding, folder.path() / std::to_string(i));
        answers[i] = answers_of(piece, models, {}, stop, audio_s);
        std::error_code ignored;
        fs::remove(piece, ignored);
      });
  if (result.cancelled) return;
  std::vector<std::size_t>& asked = result.asked[encoding.name];
  for (std::size_t i = 0; i < queries.size(); ++i) {
    if (!answers[i].models.empty()) asked.push_back(queries[i]);
  }
  for (std::size_t m = 0; m < models.size(); ++m) {
    std::vector<std::vector<float>> means;
    std::vector<Descriptor>& descriptors = result.models[m].queries[encoding.name];
    for (FileAnswers& answer : answers) {
      if (answer.models.empty()) continue;
      if (models[m].embedder) {
        descriptors.push_back(std::move(answer.models[m].whole));
      } else {
        means.push_back(std::move(answer.models[m].mean));
      }
    }
    result.models[m].query_means[encoding.name] = matrix_of(means);
  }
}

}  // namespace

EvaluationListening listen_to_all(const std::vector<fs::path>& files,
                                  const std::vector<ListeningModel>& models, const EvaluateRequest& request,
                                  EvaluateReport& report, const ProgressCallback& progress,
                                  const std::stop_token& stop) {
  EvaluationListening result;
  if (models.empty()) {
    for (std::size_t i = 0; i < files.size(); ++i) result.used.push_back(i);
    return result;
  }
  const auto cache = open_existing_cache(request.cache);
  ListeningOptions options{.cache = cache.get(), .segments = std::nullopt, .middle_s = request.middle_s};
  if (request.same_track.wanted) options.segments = {request.same_track.segment_s, request.same_track.hop_s};
  std::vector<FileAnswers> answers(files.size());
  result.cancelled = !for_each_file("listening", files, request, report, progress, stop,
                                    [&](std::size_t i, double& audio_s) {
                                      answers[i] = answers_of(files[i], models, options, stop, audio_s);
                                    });
  if (result.cancelled) return result;
  for (std::size_t i = 0; i < files.size(); ++i) {
    if (!answers[i].models.empty()) result.used.push_back(i);
  }
  if (result.used.empty()) throw Error(ErrorCode::corrupt_data, "none of the files could be heard");
  if (request.same_track.wanted) {
    std::vector<evaluation::SegmentPlace> places;
    for (std::size_t track = 0; track < result.used.size(); ++track) {
      for (std::size_t i = 0; i < answers[result.used[track]].segments; ++i) {
        places.push_back({track, static_cast<double>(i) * request.same_track.hop_s});
      }
    }
    result.segments.emplace(std::move(places), request.same_track.segment_s, request.same_track.overlap_s,
                            kQuerySeed);
  }
  take_models(result, answers, models.size());
  for (const std::string& text : request.same_track.encodings) {
    if (result.segments->queries().empty()) break;
    ask_in(parse_encoding(text), files, models, request, result, report, progress, stop);
    if (result.cancelled) break;
  }
  return result;
}

}  // namespace resonance::engine
