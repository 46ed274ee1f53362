#pragma once

#include "resonance/engine/progress.h"

#include <chrono>
#include <string>
#include <string_view>

namespace resonance::cli {

/// Progress on standard error: one line that is rewritten on a terminal, a plain log line now and then
/// elsewhere. Problems get a line of their own either way. Not thread-safe: the engine calls back one at a
/// time.
class ProgressDisplay {
 public:
  explicit ProgressDisplay(bool quiet);
  ~ProgressDisplay();
  ProgressDisplay(const ProgressDisplay&) = delete;
  ProgressDisplay& operator=(const ProgressDisplay&) = delete;

  void show(const engine::Progress& progress);
  /// For the engine; the display must outlive it.
  engine::ProgressCallback callback();

 private:
  void clear_line();

  bool quiet_;
  bool terminal_;
  bool line_open_ = false;
  std::chrono::steady_clock::time_point last_shown_;
};

/// "12 files/s, 310 x real time, 3:05 left"
std::string rate_text(const engine::Progress& progress);

}  // namespace resonance::cli
