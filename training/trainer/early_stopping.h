#pragma once

#include "training/trainer/run_state.h"
#include "training/trainer/training_config.h"

namespace resonance::training {

/// Takes an epoch into account: best epoch, best value, epochs without gain. True if it is the best so far,
/// or nothing better is to be kept: without the figure that is monitored, the latest is the best.
bool note_epoch(const EarlyStoppingConfig& config, const EpochRecord& record, RunState& state);

}  // namespace resonance::training
