#pragma once

#include <cstddef>
#include <memory>
#include <vector>

#include <torch/torch.h>

#include "training/data/batch.h"
#include "training/data/feature_set.h"
#include "training/data/sampler.h"
#include "training/data/split.h"
#include "training/network/network.h"
#include "training/trainer/training_config.h"

namespace resonance::training {

/// @throws Error for a file of pairs that cannot be read
SamplerConfig sampler_config(const TrainingConfig& config, const FeatureSet& set);
BatchConfig batch_config(const TrainingConfig& config);

/// The training side; without data.use_unlabeled only what has a label of the column that batches go by.
std::vector<std::size_t> usable_tracks(const TrainingConfig& config, const FeatureSet& set,
                                       const Split& split);

/// Mean and deviation of every band, over crops of training tracks as the network will hear them.
void set_band_statistics(Network& network, const TrainingConfig& config, const FeatureSet& set,
                         const Split& split);

/// Scales, shifts and biases are not pulled to zero.
std::unique_ptr<torch::optim::AdamW> make_optimiser(Network& network, const TrainConfig& config);

}  // namespace resonance::training
