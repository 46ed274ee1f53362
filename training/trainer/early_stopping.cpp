#include "training/trainer/early_stopping.h"

namespace resonance::training {

bool note_epoch(const EarlyStoppingConfig& config, const EpochRecord& record, RunState& state) {
  const auto found = record.metrics.find(config.monitor);
  if (found == record.metrics.end()) {
    state.best_epoch = record.epoch;
    return true;
  }
  const double sign = config.mode == "max" ? 1 : -1;
  const bool first = state.best_epoch == 0;
  const double gain = sign * (found->second - state.best_value);
  if (first || gain > config.min_delta) {
    state.epochs_without_gain = 0;
  } else {
    ++state.epochs_without_gain;
  }
  if (!first && gain <= 0) return !config.restore_best;
  state.best_epoch = record.epoch;
  state.best_value = found->second;
  return true;
}

}  // namespace resonance::training
