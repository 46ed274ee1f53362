#pragma once

#include <torch/torch.h>

#include "training/data/batch.h"
#include "training/distributed/collective.h"
#include "training/network/network.h"
#include "training/trainer/averages.h"
#include "training/trainer/training_config.h"

namespace resonance::training {

/// What a batch costs: the losses that the config weighs, summed. It is of the rows of all ranks, whoever
/// computed them. Every loss is noted in `averages` as "loss NAME", mined triplets as "triplets".
torch::Tensor batch_loss(Network& network, const Batch& batch, const TrainingConfig& config,
                         const torch::Device& device, Collective& ranks, Averages& averages);

}  // namespace resonance::training
