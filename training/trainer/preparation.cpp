#include "training/trainer/preparation.h"

#include "resonance/core/atomic_file.h"

#include <string>
#include <utility>

#include "training/data/pairs.h"
#include "training/data/random.h"

namespace resonance::training {
namespace {

constexpr std::size_t kStatisticsCrops = 2000;
constexpr std::size_t kMaxPairsBytes = std::size_t{256} << 20U;

}  // namespace

SamplerConfig sampler_config(const TrainingConfig& config, const FeatureSet& set) {
  SamplerConfig sampler;
  sampler.identities = static_cast<std::size_t>(config.train.batch_identities);
  sampler.views = static_cast<std::size_t>(config.train.views_per_song);
  sampler.balance_by = config.data.balance_by;
  sampler.balance_power = config.data.balance_power;
  sampler.class_column = config.data.class_column;
  sampler.classes = static_cast<std::size_t>(config.data.classes);
  sampler.work_column = config.data.work_column;
  const std::string& pairs = config.data.pairs_json;
  if (!pairs.empty()) sampler.pairs = parse_pairs(read_file(pairs, kMaxPairsBytes), set.tracks(), pairs);
  return sampler;
}

BatchConfig batch_config(const TrainingConfig& config) {
  BatchConfig batch;
  batch.shape = config.crop_shape();
  batch.augmentation = config.augmentation;
  batch.augmented_share = config.data.augmented_share;
  batch.teacher_aligned_share = config.data.teacher_aligned_share;
  batch.work_column = config.data.work_column;
  batch.group_column = config.data.group_column;
  return batch;
}

std::vector<std::size_t> usable_tracks(const TrainingConfig& config, const FeatureSet& set,
                                       const Split& split) {
  const std::string& column =
      config.data.class_column.empty() ? config.data.balance_by : config.data.class_column;
  if (config.data.use_unlabeled || column.empty()) return split.training;
  std::vector<std::size_t> labelled;
  for (const std::size_t track : split.training) {
    if (set.tracks()[track].labels.contains(column)) labelled.push_back(track);
  }
  return labelled;
}

void set_band_statistics(Network& network, const TrainingConfig& config, const FeatureSet& set,
                         const Split& split) {
  const torch::NoGradGuard no_grad;
  Random random{config.train.seed, 31};
  const CropShape shape{150, 10, 50, 1};
  torch::Tensor sum = torch::zeros({160}, torch::kDouble);
  torch::Tensor squares = torch::zeros({160}, torch::kDouble);
  double count = 0;
  for (std::size_t i = 0; i < kStatisticsCrops; ++i) {
    const std::size_t track = split.training[random.below(split.training.size())];
    const std::size_t excerpt = random.below(set.tracks()[track].excerpts.size());
    const FrameRange range = set.tracks()[track].excerpts[excerpt].log_mel;
    const std::int64_t start =
        range.start + static_cast<std::int64_t>(random.below(static_cast<std::uint64_t>(range.frames)));
    const Crop crop = augmented_crop(set.excerpt(track, excerpt), start, shape, config.augmentation, random);
    const torch::Tensor x =
        network->timbre->clip(torch::tensor(crop.log_mel, torch::kFloat).view({-1, 160})).to(torch::kDouble);
    sum += x.sum(0);
    squares += (x * x).sum(0);
    count += static_cast<double>(x.size(0));
  }
  const torch::Tensor mean = sum / count;
  const torch::Tensor deviation = torch::sqrt(torch::relu(squares / count - mean * mean));
  network->timbre->set_statistics(mean.to(torch::kFloat), deviation.to(torch::kFloat));
}

std::unique_ptr<torch::optim::AdamW> make_optimiser(Network& network, const TrainConfig& config) {
  std::vector<torch::Tensor> decayed, plain;
  for (const torch::Tensor& parameter : network->parameters()) {
    (parameter.dim() > 1 ? decayed : plain).push_back(parameter);
  }
  const auto group = [&](std::vector<torch::Tensor> parameters, double decay) {
    auto group_options = std::make_unique<torch::optim::AdamWOptions>(config.lr);
    group_options->weight_decay(decay);
    return torch::optim::OptimizerParamGroup(std::move(parameters), std::move(group_options));
  };
  std::vector<torch::optim::OptimizerParamGroup> groups;
  groups.push_back(group(std::move(decayed), config.weight_decay));
  groups.push_back(group(std::move(plain), 0));
  return std::make_unique<torch::optim::AdamW>(groups, torch::optim::AdamWOptions(config.lr));
}

}  // namespace resonance::training
