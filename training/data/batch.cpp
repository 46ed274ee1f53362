#include "training/data/batch.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <utility>

#include "training/data/random.h"
#include "training/data/split.h"

namespace resonance::training {
namespace {

enum Stream : std::uint64_t { example_stream = 21 };

/// A number for each track: that of its label, or one of its own without a label.
std::vector<std::int64_t> numbers_of(const std::vector<TrackInfo>& tracks, const std::string& column) {
  std::map<std::string, std::int64_t> known;
  std::vector<std::int64_t> numbers;
  for (std::size_t i = 0; i < tracks.size(); ++i) {
    const auto label = tracks[i].labels.find(column);
    const std::string key = label == tracks[i].labels.end() ? "" : group_key(label->second);
    const auto own = static_cast<std::int64_t>(i);
    numbers.push_back(key.empty() ? own : known.emplace(key, own).first->second);
  }
  return numbers;
}

std::int64_t random_start(const FeatureSet& set, std::size_t track, std::size_t& excerpt, std::int64_t frames,
                          Random& random) {
  const auto& excerpts = set.tracks()[track].excerpts;
  excerpt = random.below(excerpts.size());
  const FrameRange& range = excerpts[excerpt].log_mel;
  const std::int64_t room = std::max<std::int64_t>(0, range.frames - frames);
  return range.start + static_cast<std::int64_t>(random.below(static_cast<std::uint64_t>(room) + 1));
}

/// The excerpt that holds most of the frames from `start` on.
std::size_t excerpt_at(const FeatureSet& set, std::size_t track, std::int64_t start, std::int64_t frames) {
  const auto& excerpts = set.tracks()[track].excerpts;
  std::size_t best = 0;
  std::int64_t most = -1;
  for (std::size_t i = 0; i < excerpts.size(); ++i) {
    const FrameRange& range = excerpts[i].log_mel;
    const std::int64_t inside =
        std::min(start + frames, range.start + range.frames) - std::max(start, range.start);
    if (inside > most) {
      most = inside;
      best = i;
    }
  }
  return best;
}

}  // namespace

std::vector<float> target_of(const TargetTable& table, std::size_t track, std::int64_t start,
                             std::int64_t frames) {
  std::vector<float> sum(table.dimensions, 0.0F);
  if (table.dimensions == 0) return sum;
  const TargetTable::Rows& rows = table.tracks[track];
  for (std::size_t row = 0; row < rows.starts.size(); ++row) {
    const std::int64_t inside =
        std::min(start + frames, rows.starts[row] + table.frames) - std::max(start, rows.starts[row]);
    if (2 * inside < std::min(table.frames, frames)) continue;
    for (std::size_t i = 0; i < table.dimensions; ++i) sum[i] += rows.values[row * table.dimensions + i];
  }
  double squares = 0;
  for (const float value : sum) squares += static_cast<double>(value) * value;
  if (squares > 0) {
    for (float& value : sum) value = static_cast<float>(value / std::sqrt(squares));
  }
  return sum;
}

BatchMaker::BatchMaker(const FeatureSet& set, const Sampler& sampler, TargetTable targets, BatchConfig config,
                       std::uint64_t seed)
    : set_(set),
      sampler_(sampler),
      targets_(std::move(targets)),
      config_(std::move(config)),
      seed_(seed),
      works_(numbers_of(set.tracks(), config_.work_column)),
      groups_(numbers_of(set.tracks(), config_.group_column)) {}

void BatchMaker::add(Batch& batch, const Example& example, std::uint64_t epoch, std::uint64_t step) const {
  Random random{seed_, example_stream, epoch, step, batch.size};
  const auto frames = static_cast<std::int64_t>(config_.shape.frames);
  std::size_t excerpt = 0;
  std::int64_t start = random_start(set_, example.track, excerpt, frames, random);
  const bool taught = targets_.dimensions > 0 && !targets_.tracks[example.track].starts.empty();
  if (taught && random.chance(config_.teacher_aligned_share)) {
    const auto& starts = targets_.tracks[example.track].starts;
    start = starts[random.below(starts.size())];
    excerpt = excerpt_at(set_, example.track, start, frames);
  }
  const bool augmented = random.chance(config_.augmented_share);
  const Crop crop = augmented_crop(set_.excerpt(example.track, excerpt), start, config_.shape,
                                   augmented ? config_.augmentation : no_augmentation(), random);
  const auto append = [](std::vector<float>& to, const std::vector<float>& from) {
    to.insert(to.end(), from.begin(), from.end());
  };
  append(batch.log_mel, crop.log_mel);
  append(batch.chroma, crop.chroma);
  append(batch.tempogram, crop.tempogram);
  if (targets_.dimensions > 0) append(batch.targets, target_of(targets_, example.track, start, frames));
  batch.identities.push_back(example.identity);
  batch.works.push_back(works_[example.track]);
  batch.groups.push_back(groups_[example.track]);
  ++batch.size;
}

Batch BatchMaker::make(std::uint64_t epoch, std::uint64_t step) const {
  Batch batch;
  batch.shape = config_.shape;
  batch.target_dimensions = targets_.dimensions;
  const std::vector<Example> examples = sampler_.batch(epoch, step);
  batch.log_mel.reserve(examples.size() * config_.shape.frames * 160);
  for (const Example& example : examples) add(batch, example, epoch, step);
  return batch;
}

}  // namespace resonance::training
