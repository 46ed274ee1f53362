#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "training/distributed/rank_options.h"
#include "training/trainer/run_state.h"
#include "training/trainer/training_config.h"

namespace resonance::training {

/// The manifest of what a run was not trained on, in its folder.
inline constexpr const char* kHeldOutName = "held_out.csv";

struct TrainOptions {
  TrainingConfig config;
  std::filesystem::path set;
  std::filesystem::path out = "runs/best";
  std::string device = "auto";  ///< cpu, cuda, auto
  bool resume = false;          ///< go on from out/last.pt, if it is there
  /// A checkpoint (or its folder) whose weights the run starts from, with the targets of its teachers; the
  /// network must be the same. Empty: from chance. A resumed run does not look at it.
  std::filesystem::path from = {};
  /// Minutes in all, those before a resumed start included: the learning rate reaches zero by then. The run's
  /// numbers then depend on the machine's speed.
  std::optional<double> time_limit_minutes;
  int threads = 0;  ///< of computation; 0: one a core
  /// Several processes share each batch; only rank 0 measures, writes and shows. `out` must be the same place
  /// for all that resume.
  RankOptions ranks = {};
};

/// Where a run is, for a display.
struct TrainProgress {
  int epoch = 0;  ///< from 1
  int epochs = 0;
  std::uint64_t step = 0;  ///< of the epoch, from 1
  std::uint64_t steps = 0;
  double loss = 0;  ///< mean of the epoch so far
  double examples_per_s = 0;
  double left_s = 0;                  ///< of the whole run, about
  std::optional<double> recall_at_5;  ///< of the last epoch that was validated
};

class TrainObserver {
 public:
  virtual ~TrainObserver() = default;
  virtual void note(const std::string& line) = 0;
  virtual void progress(const TrainProgress& progress) = 0;
  virtual void epoch(const EpochRecord& record, bool is_best) = 0;
  /// Asked after each epoch.
  virtual bool goes_on() { return true; }
};

struct TrainReport {
  RunState state;
  std::string ended;    ///< why: "done", "early stopping", "time limit", "stopped", "loss is no number"
  bool failed = false;  ///< the loss was no number
  std::filesystem::path model;
};

/// Trains a network and leaves in `out`: ckpt.pt (the best epoch's network), last.pt (to go on from), events
/// for TensorBoard, report.html, held_out.csv (the tracks it was not trained on). The same seed, set, config,
/// device and number of threads give the same numbers, also over a stop and a resume.
/// @throws Error for a set that cannot be trained on, a checkpoint of another run, a device that is not
/// there, out of memory (saying what to make smaller), a full disk (the last good checkpoint stays)
TrainReport train(const TrainOptions& options, TrainObserver& observer, const std::stop_token& stop);

}  // namespace resonance::training
