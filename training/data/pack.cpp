#include "training/data/pack.h"

#include "resonance/audio/audio_file.h"
#include "resonance/cache/feature_cache.h"
#include "resonance/core/atomic_file.h"
#include "resonance/core/csv.h"
#include "resonance/core/error.h"
#include "resonance/core/feature_contract.h"
#include "resonance/embedding/float16.h"

#include <algorithm>
#include <cmath>
#include <deque>
#include <future>
#include <map>
#include <set>
#include <thread>
#include <utility>

#include "training/data/feature_encoding.h"
#include "training/data/feature_set_writer.h"
#include "training/data/npz_reader.h"

namespace resonance::training {
namespace {

constexpr std::size_t kMaxManifestBytes = std::size_t{256} << 20U;
constexpr std::int64_t kShortestExcerpt = std::int64_t{3} * kFramesPerSecond;
constexpr std::int64_t kLongestExcerpt = std::int64_t{18} * kFramesPerSecond;
constexpr std::int64_t kOnsetMargin =
    std::int64_t{4} * kFramesPerSecond;  ///< of an excerpt, for its tempogram
constexpr std::int64_t kChromaMargin = std::int64_t{3} * kFramesPerSecond;  ///< of an excerpt
constexpr std::size_t kTracksTried = 48;  ///< to learn how well values compress
constexpr double kBudgetShare = 0.97;

using Encoding = FeatureSetWriter::Encoding;

/// One row of a manifest.
struct Candidate {
  std::filesystem::path file;
  std::string path;
  std::map<std::string, std::string> labels;
  bool labels_from_tags = false;
};

/// A whole track as levels, with what the teachers say of it.
struct LoadedTrack {
  TrackInfo info;
  ExcerptLevels levels;
  std::vector<TeacherRows> teachers;
  std::string problem;  ///< why it cannot be used
};

std::vector<Candidate> candidates_of(const PackOptions& options) {
  std::vector<Candidate> result;
  for (const auto& file : options.files) {
    result.push_back({.file = file, .path = file.string(), .labels = {}, .labels_from_tags = true});
  }
  for (const auto& manifest : options.manifests) {
    const CsvTable table = parse_csv(read_file(manifest, kMaxManifestBytes), manifest.string());
    const std::optional<std::size_t> file_column = table.column("file");
    if (!file_column) throw Error(ErrorCode::corrupt_data, manifest.string() + " has no column named file");
    for (const auto& row : table.rows) {
      Candidate candidate;
      candidate.path = row[*file_column];
      candidate.file = manifest.parent_path() / row[*file_column];
      for (std::size_t i = 0; i < row.size(); ++i) {
        if (i != *file_column && !row[i].empty()) candidate.labels[table.columns[i]] = row[i];
      }
      result.push_back(std::move(candidate));
    }
  }
  return result;
}

/// What the teachers' folders hold for files of one name.
class TeacherFolders {
 public:
  explicit TeacherFolders(const PackOptions& options) {
    const std::set<std::string> wanted(options.teacher_arrays.begin(), options.teacher_arrays.end());
    const auto frames = static_cast<std::int64_t>(std::lround(options.teacher_seconds * kFramesPerSecond));
    for (const auto& folder : options.teachers) {
      const std::filesystem::path example = any_file_of(folder);
      for (const NamedArray& array : read_arrays(example)) {
        if (array.name == "start" || (!wanted.empty() && !wanted.contains(array.name))) continue;
        teachers_.push_back({array.name, array.array.cols, frames});
        folders_.push_back(folder);
      }
    }
    for (const std::string& name : wanted) {
      const auto named = [&](const TeacherInfo& teacher) { return teacher.name == name; };
      if (std::none_of(teachers_.begin(), teachers_.end(), named)) {
        throw Error(ErrorCode::invalid_argument, "no teacher's file has an array named " + name);
      }
    }
  }

  [[nodiscard]] const std::vector<TeacherInfo>& teachers() const { return teachers_; }

  /// @throws Error if a file is damaged or has another shape than the others
  [[nodiscard]] std::vector<TeacherRows> rows_of(const std::filesystem::path& file, const std::string& id,
                                                 std::int64_t frames) const {
    std::vector<TeacherRows> result(teachers_.size());
    for (std::size_t i = 0; i < teachers_.size(); ++i) {
      std::filesystem::path place = folders_[i] / (id + ".npz");
      if (!std::filesystem::exists(place)) place = folders_[i] / (file.filename().string() + ".npz");
      if (!std::filesystem::exists(place)) continue;
      const std::vector<NamedArray> arrays = read_arrays(place);
      const NumberArray& start = array_of(arrays, "start", place);
      const NumberArray& values = array_of(arrays, teachers_[i].name, place);
      const std::size_t dimensions = teachers_[i].dimensions;
      if (values.cols != dimensions || values.rows != start.values.size()) {
        throw Error(ErrorCode::corrupt_data,
                    place.string() + " has arrays of other shapes than the files beside it");
      }
      for (std::size_t row = 0; row < values.rows; ++row) {
        const auto first = static_cast<std::int64_t>(std::lround(start.values[row] * kFramesPerSecond));
        if (first < 0 || first >= frames) continue;
        if (!result[i].starts.empty() && first <= result[i].starts.back()) {
          throw Error(ErrorCode::corrupt_data, place.string() + " has starts that do not ascend");
        }
        const auto from = values.values.begin() + static_cast<std::ptrdiff_t>(row * dimensions);
        if (std::any_of(from, from + static_cast<std::ptrdiff_t>(dimensions),
                        [](float value) { return !std::isfinite(value); })) {
          continue;
        }
        result[i].starts.push_back(first);
        result[i].values.insert(result[i].values.end(), from, from + static_cast<std::ptrdiff_t>(dimensions));
      }
    }
    return result;
  }

 private:
  static std::filesystem::path any_file_of(const std::filesystem::path& folder) {
    std::error_code error;
    for (const auto& entry : std::filesystem::directory_iterator(folder, error)) {
      if (entry.path().extension() == ".npz") return entry.path();
    }
    throw Error(ErrorCode::not_found, "there is no .npz file of a teacher in " + folder.string());
  }

  static const NumberArray& array_of(const std::vector<NamedArray>& arrays, const std::string& name,
                                     const std::filesystem::path& place) {
    for (const NamedArray& array : arrays) {
      if (array.name == name) return array.array;
    }
    throw Error(ErrorCode::corrupt_data, place.string() + " has no array named " + name);
  }

  std::vector<TeacherInfo> teachers_;
  std::vector<std::filesystem::path> folders_;
};

LoadedTrack load(const Candidate& candidate, const cache::FeatureCache& cache,
                 const TeacherFolders& teachers) {
  LoadedTrack track;
  track.info.path = candidate.path;
  track.info.labels = candidate.labels;
  try {
    const audio::AudioProbe probe = audio::probe(candidate.file);
    const ContentHash hash = probe.hash;
    if (candidate.labels_from_tags) {
      for (const auto& [column, value] : {std::pair{"artist", &probe.tags.artist},
                                          {"album", &probe.tags.album},
                                          {"genre", &probe.tags.genre}}) {
        if (!value->empty()) track.info.labels[column] = *value;
      }
    }
    track.info.id = to_hex(hash);
    ExcerptLevels& levels = track.levels;
    const bool present = cache.load(hash, [&](const FeatureBlock& block) {
      for (const float db : block.log_mel.values()) levels.log_mel.push_back(log_mel_level(db));
      for (const float value : block.chroma.values()) levels.chroma.push_back(chroma_level(value));
      for (const float value : block.onset) levels.onset.push_back(embedding::to_float16(value));
    });
    track.info.frames = static_cast<std::int64_t>(levels.onset.size());
    levels.log_mel_range = levels.chroma_range = levels.onset_range = {0, track.info.frames};
    if (!present) {
      track.problem = "is not in the cache: run resonance precompute on its folder";
    } else if (track.info.frames < kShortestExcerpt) {
      track.problem = "is shorter than three seconds";
    } else {
      track.teachers = teachers.rows_of(candidate.file, track.info.id, track.info.frames);
    }
  } catch (const Error& error) {
    if (error.code() == ErrorCode::no_space || error.code() == ErrorCode::cancelled) throw;
    track.problem = error.what();
  }
  return track;
}

/// How much of every track is kept.
struct ExcerptPlan {
  std::int64_t frames = 0;  ///< of one excerpt; 0: the whole track
  std::int64_t count = 1;   ///< of excerpts of a track
};

FrameRange widened(const FrameRange& range, std::int64_t margin, std::int64_t frames) {
  const std::int64_t start = std::max<std::int64_t>(0, range.start - margin);
  return {start, std::min(frames, range.start + range.frames + margin) - start};
}

template <typename T>
std::vector<T> cut(const std::vector<T>& values, const FrameRange& range, std::int64_t columns) {
  const auto from = values.begin() + range.start * columns;
  return {from, from + range.frames * columns};
}

/// Excerpts spread evenly over the track, each begun where a teacher's row begins if one is near.
std::vector<FrameRange> planned(const ExcerptPlan& plan, const LoadedTrack& track) {
  const std::int64_t frames = track.info.frames;
  if (plan.frames == 0 || plan.frames * plan.count >= frames) return {{0, frames}};
  std::vector<FrameRange> result;
  for (std::int64_t i = 0; i < plan.count; ++i) {
    const std::int64_t share = frames / plan.count;
    std::int64_t start = i * share + (share - plan.frames) / 2;
    std::int64_t nearest = start;
    std::int64_t distance = share;
    for (const TeacherRows& rows : track.teachers) {
      for (const std::int64_t row : rows.starts) {
        if (std::abs(row - start) < distance && row + plan.frames <= frames) {
          distance = std::abs(row - start);
          nearest = row;
        }
      }
    }
    start = nearest;
    if (!result.empty()) start = std::max(start, result.back().start + result.back().frames);
    result.push_back({std::min(start, frames - plan.frames), plan.frames});
    if (result.size() > 1 && result.back().start <= result[result.size() - 2].start) result.pop_back();
  }
  return result;
}

bool covered(std::int64_t start, std::int64_t length, const std::vector<FrameRange>& ranges) {
  return std::any_of(ranges.begin(), ranges.end(), [&](const FrameRange& range) {
    return start >= range.start && start + length <= range.start + range.frames + length / 10;
  });
}

void write(FeatureSetWriter& writer, const LoadedTrack& track, const ExcerptPlan& plan,
           const std::vector<TeacherInfo>& teachers) {
  const std::vector<FrameRange> ranges = planned(plan, track);
  writer.begin_track(track.info);
  for (const FrameRange& range : ranges) {
    ExcerptLevels part;
    part.log_mel_range = range;
    part.chroma_range = widened(range, kChromaMargin, track.info.frames);
    part.onset_range = widened(range, kOnsetMargin, track.info.frames);
    part.log_mel = cut(track.levels.log_mel, part.log_mel_range, kMelBands);
    part.chroma = cut(track.levels.chroma, part.chroma_range, kChromaBins);
    part.onset = cut(track.levels.onset, part.onset_range, 1);
    writer.add_excerpt(part);
  }
  for (std::size_t i = 0; i < teachers.size(); ++i) {
    const TeacherRows& all = track.teachers[i];
    const std::size_t dimensions = teachers[i].dimensions;
    TeacherRows kept;
    for (std::size_t row = 0; row < all.starts.size(); ++row) {
      if (!covered(all.starts[row], teachers[i].frames, ranges)) continue;
      kept.starts.push_back(all.starts[row]);
      const auto from = all.values.begin() + static_cast<std::ptrdiff_t>(row * dimensions);
      kept.values.insert(kept.values.end(), from, from + static_cast<std::ptrdiff_t>(dimensions));
    }
    writer.add_teacher_rows(i, kept);
  }
}

/// Loads candidates on all cores and hands them out in order.
void for_each_track(const std::vector<Candidate>& candidates, const cache::FeatureCache& cache,
                    const TeacherFolders& teachers, const std::stop_token& stop,
                    const std::function<void(std::size_t, const LoadedTrack&)>& take) {
  audio::require_decoder();
  const std::size_t ahead = std::max(2U, std::thread::hardware_concurrency());
  std::deque<std::future<LoadedTrack>> loading;
  std::size_t next = 0;
  for (std::size_t i = 0; i < candidates.size(); ++i) {
    while (next < candidates.size() && loading.size() < ahead) {
      loading.push_back(std::async(std::launch::async, [&, candidate = &candidates[next]] {
        return load(*candidate, cache, teachers);
      }));
      ++next;
    }
    const LoadedTrack track = loading.front().get();
    loading.pop_front();
    if (stop.stop_requested()) throw Error(ErrorCode::cancelled, "packing was stopped; nothing was written");
    take(i, track);
  }
}

/// Bytes that a set of these tracks would have by a plan, from a sample of them.
class BudgetEstimate {
 public:
  BudgetEstimate(const std::vector<Candidate>& candidates, const cache::FeatureCache& cache,
                 const TeacherFolders& teachers, const std::stop_token& stop)
      : teachers_(teachers.teachers()) {
    std::vector<Candidate> some;
    const std::size_t stride = std::max<std::size_t>(1, candidates.size() / kTracksTried);
    for (std::size_t i = 0; i < candidates.size(); i += stride) some.push_back(candidates[i]);
    for_each_track(some, cache, teachers, stop, [&](std::size_t, const LoadedTrack& track) {
      if (track.problem.empty()) sample_.push_back(track);
    });
    scale_ = static_cast<double>(candidates.size()) / static_cast<double>(some.size());
  }

  [[nodiscard]] double bytes(const ExcerptPlan& plan, const std::filesystem::path& scratch) const {
    FeatureSetWriter writer(scratch, Encoding::compact, teachers_);  // never committed
    for (const LoadedTrack& track : sample_) write(writer, track, plan, teachers_);
    return scale_ * static_cast<double>(writer.bytes() + writer.description_bytes());
  }

 private:
  const std::vector<TeacherInfo>& teachers_;
  std::vector<LoadedTrack> sample_;
  double scale_ = 1;
};

ExcerptPlan plan_for(std::uint64_t budget, const BudgetEstimate& estimate,
                     const std::filesystem::path& scratch) {
  const double room = kBudgetShare * static_cast<double>(budget);
  ExcerptPlan best;
  for (std::int64_t count = 1; count <= 64; ++count) {
    const std::int64_t shortest = count == 1 ? kShortestExcerpt : kLongestExcerpt / 3;
    for (std::int64_t frames = shortest; frames <= kLongestExcerpt; frames += kFramesPerSecond) {
      if (estimate.bytes({frames, count}, scratch) > room) {
        if (best.frames == 0) {
          throw Error(ErrorCode::invalid_argument,
                      "the budget is too small: three seconds of every track do not fit into " +
                          std::to_string(budget) + " bytes; give more, or fewer tracks");
        }
        return best;
      }
      if (frames * count > best.frames * best.count) best = {frames, count};
    }
  }
  return best;
}

}  // namespace

PackReport pack(const PackOptions& options, const std::function<void(std::size_t, std::size_t)>& progress,
                const std::stop_token& stop) {
  const std::vector<Candidate> candidates = candidates_of(options);
  const auto cache = cache::open_sqlite_cache(options.cache);
  const TeacherFolders teachers(options);
  ExcerptPlan plan;
  if (options.budget_bytes) {
    const BudgetEstimate estimate(candidates, *cache, teachers, stop);
    plan = plan_for(*options.budget_bytes, estimate, options.out);
  }
  const Encoding encoding = options.budget_bytes ? Encoding::compact : Encoding::plain;
  FeatureSetWriter writer(options.out, encoding, teachers.teachers());
  PackReport report;
  std::set<std::string> seen;
  for_each_track(candidates, *cache, teachers, stop, [&](std::size_t i, const LoadedTrack& track) {
    progress(i, candidates.size());
    std::string problem = track.problem;
    if (problem.empty() && !seen.insert(track.info.id).second) problem = "is there twice";
    if (!problem.empty()) {
      report.problems.push_back({track.info.path, problem});
      return;
    }
    write(writer, track, plan, teachers.teachers());
    ++report.tracks;
    report.with_teachers += std::any_of(track.teachers.begin(), track.teachers.end(),
                                        [](const TeacherRows& rows) { return !rows.starts.empty(); })
                                ? 1
                                : 0;
    for (const FrameRange& range : planned(plan, track)) {
      report.seconds += static_cast<double>(range.frames) / kFramesPerSecond;
    }
  });
  progress(candidates.size(), candidates.size());
  if (report.tracks == 0) {
    throw Error(
        ErrorCode::not_found,
        "none of the manifests' " + std::to_string(candidates.size()) + " files can be used; the first: " +
            (report.problems.empty() ? "there are none"
                                     : report.problems.front().path + " " + report.problems.front().message));
  }
  report.bytes = writer.bytes() + writer.description_bytes();
  report.excerpt_seconds = static_cast<double>(plan.frames * plan.count) / kFramesPerSecond;
  writer.commit();
  return report;
}

}  // namespace resonance::training
