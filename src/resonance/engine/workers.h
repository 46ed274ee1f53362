#pragma once

#include "resonance/engine/progress.h"

#include <chrono>
#include <cstddef>
#include <functional>
#include <mutex>
#include <stop_token>
#include <string>
#include <string_view>

namespace resonance::engine {

/// Runs `work(0) ... work(count - 1)` on `jobs` threads (0: one a core), each index once, in order of start.
/// An exception from any ends the others after their current item and is rethrown; Error(cancelled) only
/// ends.
/// @return false if stopped before everything was done
bool run_workers(unsigned jobs, std::size_t count, const std::stop_token& stop,
                 const std::function<void(std::size_t)>& work);

/// Counts a batch's progress and reports it, one caller at a time. Thread-safe.
class Batch {
 public:
  /// @param activity  a literal: Progress::activity
  Batch(std::string_view activity, std::size_t total, ProgressCallback callback);
  /// `record` runs under the same lock as the report: the place to add to a shared result.
  void finish_one(const std::string& path, const std::string& problem, double audio_s,
                  const std::function<void()>& record);
  [[nodiscard]] double elapsed_s() const;

 private:
  std::mutex mutex_;
  ProgressCallback callback_;
  Progress progress_;
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

}  // namespace resonance::engine
