#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace resonance::training {

/// Figures by name, e.g. "recall@5", "teacher", "artist P@1", "work harmony mAP". Shares in [0, 1].
using Metrics = std::map<std::string, double>;

/// What is remembered of one epoch.
struct EpochRecord {
  int epoch = 0;  ///< from 1
  double loss = 0;
  Metrics metrics;  ///< losses by part, "lr", "gradient", validation's figures; those of held-out sources
                    ///< begin with "holdout "
  double seconds = 0;
};

/// Where a run stands, beside the network and the optimiser.
struct RunState {
  int epochs_done = 0;
  std::int64_t steps_done = 0;
  double seconds = 0;
  int best_epoch = 0;
  double best_value = 0;
  int epochs_without_gain = 0;
  double loss_scale = 1;
  std::vector<double> gradient_history;
  std::vector<EpochRecord> epochs;
};

}  // namespace resonance::training
