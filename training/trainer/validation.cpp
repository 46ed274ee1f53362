#include "training/trainer/validation.h"

#include "resonance/core/feature_contract.h"

#include <algorithm>
#include <cmath>
#include <set>
#include <utility>

#include "training/data/random.h"
#include "training/data/split.h"

namespace resonance::training {
namespace {

constexpr std::size_t kTracksAtOnce = 16;
constexpr std::uint64_t kSeed = 20;  // the same for every run: figures of runs can be compared

torch::Tensor tensor_of(const std::vector<float>& values, std::initializer_list<std::int64_t> shape) {
  return torch::from_blob(const_cast<float*>(values.data()), torch::IntArrayRef(shape.begin(), shape.size()),
                          torch::kFloat)
      .clone();
}

void append(Batch& batch, const Crop& crop) {
  batch.log_mel.insert(batch.log_mel.end(), crop.log_mel.begin(), crop.log_mel.end());
  batch.chroma.insert(batch.chroma.end(), crop.chroma.begin(), crop.chroma.end());
  batch.tempogram.insert(batch.tempogram.end(), crop.tempogram.begin(), crop.tempogram.end());
  ++batch.size;
}

}  // namespace

NetworkInput input_of(const Batch& batch, const torch::Device& device) {
  const auto size = static_cast<std::int64_t>(batch.size);
  const auto frames = [&](std::size_t count) { return static_cast<std::int64_t>(count); };
  return {tensor_of(batch.log_mel, {size, frames(batch.shape.frames), kMelBands}).to(device),
          tensor_of(batch.chroma, {size, frames(batch.shape.chroma_frames), kChromaBins}).to(device),
          tensor_of(batch.tempogram, {size, frames(batch.shape.tempogram_rows), kTempogramLags}).to(device)};
}

Validation::Validation(const FeatureSet& set, std::vector<std::size_t> tracks, const TargetTable& targets,
                       const TrainingConfig& config)
    : set_(set),
      tracks_(std::move(tracks)),
      targets_(targets),
      config_(config),
      frames_(static_cast<std::int64_t>(config.validation.segment_seconds * kFramesPerSecond)) {
  Random random{kSeed};
  shuffle(tracks_, random);
  tracks_.resize(std::min(tracks_.size(), static_cast<std::size_t>(config.validation.tracks)));
  std::sort(tracks_.begin(), tracks_.end());
}

Validation::Segment Validation::segment_of(std::size_t track, bool last) const {
  const auto& excerpts = set_.tracks()[track].excerpts;
  const FrameRange range = last ? excerpts.back().log_mel : excerpts.front().log_mel;
  if (!last) return {0, range.start};
  return {excerpts.size() - 1, std::max(range.start, range.start + range.frames - frames_)};
}

torch::Tensor Validation::asked() const {
  std::vector<std::int64_t> result;
  for (std::size_t i = 0; i < tracks_.size(); ++i) {
    const std::int64_t first = segment_of(tracks_[i], false).start;
    if (segment_of(tracks_[i], true).start >= first + frames_) result.push_back(static_cast<std::int64_t>(i));
  }
  return torch::tensor(result, torch::kLong);
}

Validation::Heard Validation::hear(Network& network, const torch::Device& device) const {
  const torch::NoGradGuard no_grad;
  const auto frames = static_cast<std::size_t>(frames_);
  const CropShape shape{frames, frames, frames, 12};
  AugmentationConfig augmentation =
      config_.augmentation;  // a copy of another encoding, not another performance
  augmentation.time_stretch = augmentation.pitch_shift = augmentation.spec_augment = 0;
  std::vector<torch::Tensor> first, last, changed, timbre, harmony, rhythm, gates;
  double teacher = 0;
  double taught = 0;
  for (std::size_t begin = 0; begin < tracks_.size(); begin += kTracksAtOnce) {
    const std::size_t end = std::min(tracks_.size(), begin + kTracksAtOnce);
    Batch batch;
    batch.shape = shape;
    std::vector<float> wanted;
    for (int kind = 0; kind < 3; ++kind) {  // first, last, first changed
      for (std::size_t i = begin; i < end; ++i) {
        const std::size_t track = tracks_[i];
        const Segment segment = segment_of(track, kind == 1);
        Random random{kSeed, track};
        append(batch, augmented_crop(set_.excerpt(track, segment.excerpt), segment.start, shape,
                                     kind == 2 ? augmentation : no_augmentation(), random));
        if (targets_.dimensions > 0 && kind < 2) {
          const std::vector<float> target = target_of(targets_, track, segment.start, frames_);
          wanted.insert(wanted.end(), target.begin(), target.end());
        }
      }
    }
    const NetworkOutput output = network->forward(input_of(batch, device));
    const auto count = static_cast<std::int64_t>(end - begin);
    const auto part = [&](const torch::Tensor& x, std::int64_t kind) {
      return x.slice(0, kind * count, (kind + 1) * count).to(torch::kCPU);
    };
    first.push_back(part(output.embedding, 0));
    last.push_back(part(output.embedding, 1));
    changed.push_back(part(output.embedding, 2));
    timbre.push_back(part(output.timbre, 0) + part(output.timbre, 1));
    harmony.push_back(part(output.harmony, 0) + part(output.harmony, 1));
    rhythm.push_back(part(output.rhythm, 0) + part(output.rhythm, 1));
    gates.push_back(part(output.gates, 0));
    if (!wanted.empty() && network->config().target_dimensions > 0) {
      const torch::Tensor targets =
          tensor_of(wanted, {2 * count, static_cast<std::int64_t>(targets_.dimensions)});
      const torch::Tensor said = network->target(output.embedding.slice(0, 0, 2 * count)).to(torch::kCPU);
      teacher += (said * targets).sum().item<double>();
      taught += (targets * targets).sum().item<double>();
    }
  }
  return {torch::cat(first),   torch::cat(last),   torch::cat(changed), torch::cat(timbre),
          torch::cat(harmony), torch::cat(rhythm), torch::cat(gates),   taught > 0 ? teacher / taught : 0,
          taught > 0};
}

torch::Tensor Validation::track_targets() const {
  const auto dimensions = static_cast<std::int64_t>(targets_.dimensions);
  std::vector<torch::Tensor> rows;
  for (const std::size_t track : tracks_) {
    const TargetTable::Rows& taught = targets_.tracks[track];
    rows.push_back(taught.starts.empty()
                       ? torch::zeros({dimensions})
                       : torch::tensor(taught.values, torch::kFloat).view({-1, dimensions}).mean(0));
  }
  return torch::stack(rows);
}

/// Precision at 1 and mean average precision over the tracks that share their label with another allowed one.
void Validation::add_label_metrics(const torch::Tensor& similarity, const std::string& column,
                                   const std::string& name, Metrics& metrics) const {
  const auto label = [&](std::size_t i, const std::string& of) {
    const auto& labels = set_.tracks()[tracks_[i]].labels;
    const auto found = labels.find(of);
    return found == labels.end() ? std::string() : group_key(found->second);
  };
  const bool by_artist = column == config_.validation.artist_column;
  std::vector<std::string> labels, artists, repositories;
  for (std::size_t i = 0; i < tracks_.size(); ++i) {
    labels.push_back(label(i, column));
    artists.push_back(by_artist || column == config_.data.work_column
                          ? std::string()
                          : label(i, config_.validation.artist_column));
    repositories.push_back(label(i, config_.data.split.holdout_column));
  }
  const auto scores = similarity.contiguous();
  const auto* values = scores.data_ptr<float>();
  double hits = 0;
  double precision_sum = 0;
  double queries = 0;
  for (std::size_t i = 0; i < tracks_.size(); ++i) {
    if (labels[i].empty()) continue;
    std::vector<std::pair<float, bool>> ranked;
    for (std::size_t j = 0; j < tracks_.size(); ++j) {
      const bool same_artist = !artists[i].empty() && artists[i] == artists[j];
      // Sources name genres differently: a neighbour from elsewhere is neither right nor wrong.
      const bool other_words =
          !by_artist && column != config_.data.work_column && repositories[i] != repositories[j];
      if (i == j || labels[j].empty() || same_artist || other_words) continue;
      ranked.emplace_back(values[i * tracks_.size() + j], labels[j] == labels[i]);
    }
    const auto right =
        std::count_if(ranked.begin(), ranked.end(), [](const auto& entry) { return entry.second; });
    if (right == 0) continue;
    std::sort(ranked.begin(), ranked.end(), [](const auto& a, const auto& b) { return a.first > b.first; });
    hits += ranked.front().second ? 1 : 0;
    double found = 0;
    double sum = 0;
    for (std::size_t rank = 0; rank < ranked.size(); ++rank) {
      if (!ranked[rank].second) continue;
      found += 1;
      sum += found / static_cast<double>(rank + 1);
    }
    precision_sum += sum / found;
    queries += 1;
  }
  if (queries < 10) return;
  metrics[name + " P@1"] = hits / queries;
  metrics[name + " mAP"] = precision_sum / queries;
}

Metrics Validation::measure(Network& network, const torch::Device& device) const {
  Metrics metrics;
  if (tracks_.size() < 2) return metrics;
  const bool was_training = network->is_training();
  network->eval();
  const Heard heard = hear(network, device);
  network->train(was_training);
  if (const torch::Tensor queries = asked(); queries.size(0) > 1) {
    const torch::Tensor scores = torch::matmul(heard.changed.index_select(0, queries), heard.clean_last.t());
    const torch::Tensor own = scores.gather(1, queries.unsqueeze(1));
    const torch::Tensor better = (scores > own).sum(1);
    metrics["recall@1"] = (better < 1).to(torch::kDouble).mean().item<double>();
    metrics["recall@5"] = (better < 5).to(torch::kDouble).mean().item<double>();
  }
  if (heard.taught) metrics["teacher"] = heard.teacher;
  const torch::Tensor mean_gates = heard.gates.mean(0);
  metrics["gate timbre"] = mean_gates[0].item<double>();
  metrics["gate harmony"] = mean_gates[1].item<double>();
  metrics["gate rhythm"] = mean_gates[2].item<double>();
  const auto similarity = [](const torch::Tensor& x) {
    const torch::Tensor unit = unit_length(x - x.mean(0));  // centred on the library
    return torch::matmul(unit, unit.t());
  };
  const torch::Tensor fused = similarity(heard.clean_first + heard.clean_last);
  constexpr std::int64_t kNeighbours = 10;
  if (heard.taught && fused.size(0) > 2 * kNeighbours) {
    const auto nearest = [&](const torch::Tensor& scores_of) {
      const torch::Tensor others = scores_of.clone().fill_diagonal_(-2);
      return torch::zeros_like(others).scatter_(1, std::get<1>(others.topk(kNeighbours, 1)), 1.0);
    };
    metrics["neighbours"] =
        (nearest(fused) * nearest(similarity(track_targets()))).sum(1).mean().item<double>() / kNeighbours;
  }
  for (const std::string& column : config_.validation.labels)
    add_label_metrics(fused, column, column, metrics);
  const std::string& work = config_.data.work_column;
  add_label_metrics(fused, work, "work", metrics);
  add_label_metrics(similarity(heard.harmony), work, "work harmony", metrics);
  return metrics;
}

}  // namespace resonance::training
