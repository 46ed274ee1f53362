#pragma once

#include <cstdio>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "training/search/search_space.h"

namespace resonance::training {

enum class TrialState { running = 0, complete = 1, pruned = 2, failed = 3 };

/// Trials as an Optuna journal (JournalStorage with JournalFileBackend, one JSON object a line), which
/// optuna-dashboard shows while the search runs. Appends; not thread-safe. Format:
/// optuna/storages/journal/_storage.py, JournalOperation.
class OptunaJournal {
 public:
  /// Begins a study whose values are to be as large as possible. A file that is there is replaced.
  OptunaJournal(const std::filesystem::path& path, const std::string& study);
  /// @return the trial's number, from 0
  int begin_trial(const std::vector<SearchParameter>& parameters, const SearchPoint& point);
  void report(int trial, int step, double value);
  void finish(int trial, TrialState state, double value);

 private:
  struct Close {
    void operator()(std::FILE* file) const { std::fclose(file); }
  };
  void append(const std::string& line);

  std::string path_;
  std::unique_ptr<std::FILE, Close> file_;
  int trials_ = 0;
};

}  // namespace resonance::training
