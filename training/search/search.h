#pragma once

#include <cstddef>
#include <filesystem>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "training/search/journal.h"
#include "training/search/search_space.h"
#include "training/trainer/trainer.h"

namespace resonance::training {

struct SearchOptions {
  TrainOptions base;  ///< what every trial shares; `out` gets hpo.json, journal.log and the trials' folders
  std::vector<SearchParameter> space;
  int trials = 30;
  int epochs = 10;  ///< of a trial
  std::uint64_t seed = 1;
  std::string monitor = "recall@5";
};

struct TrialRecord {
  int number = 0;
  SearchPoint point;
  TrialState state = TrialState::running;
  double value = 0;  ///< the best of its epochs
  std::vector<double> by_epoch;
};

/// Trains trial after trial, each where a tree-structured Parzen estimator expects most, and ends those that
/// lie below the median of the others at the same epoch. A stopped search goes on with the next one: trials
/// in hpo.json are not made again. Leaves hpo.json (trials, best first), journal.log (Optuna).
std::vector<TrialRecord> search(const SearchOptions& options, TrainObserver& observer,
                                const std::stop_token& stop);

/// Trains the best `top` trials of hpo.json fully, each in a folder of its own, and copies the best model to
/// out/ckpt.pt, beside it what it was not trained on.
/// @throws Error(not_found) if there is no hpo.json
TrainReport refine(const SearchOptions& options, int top, TrainObserver& observer,
                   const std::stop_token& stop);

/// Trials as hpo.json holds them.
std::string trials_json(const std::vector<SearchParameter>& space, const std::vector<TrialRecord>& trials,
                        const std::string& monitor);
/// @throws Error(corrupt_data) if the text is none, or of another space
std::vector<TrialRecord> trials_from_json(const std::string& text, const std::vector<SearchParameter>& space,
                                          const std::string& what);

}  // namespace resonance::training
