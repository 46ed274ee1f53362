#include "progress_display.h"

#include "resonance/core/clock_time.h"

#include <cstdio>

#include <fmt/format.h>
#include <unistd.h>

#include "console.h"

namespace resonance::cli {
namespace {

constexpr auto kTerminalInterval = std::chrono::milliseconds(100);
constexpr auto kLogInterval = std::chrono::seconds(10);

}  // namespace

std::string rate_text(const engine::Progress& progress) {
  if (progress.elapsed_s <= 0 || progress.done == 0) return "";
  const double files_per_s = static_cast<double>(progress.done) / progress.elapsed_s;
  const double left_s = static_cast<double>(progress.total - progress.done) / files_per_s;
  const std::string speed =
      progress.audio_s > 0 ? fmt::format("{:.0f} x real time, ", progress.audio_s / progress.elapsed_s) : "";
  return fmt::format("{:.1f} files/s, {}{} left", files_per_s, speed, clock_time(left_s));
}

ProgressDisplay::ProgressDisplay(bool quiet)
    : quiet_(quiet), terminal_(::isatty(STDERR_FILENO) == 1), last_shown_(std::chrono::steady_clock::now()) {}

ProgressDisplay::~ProgressDisplay() { clear_line(); }

void ProgressDisplay::clear_line() {
  if (line_open_) fmt::print(stderr, "\r\x1b[K");
  line_open_ = false;
}

void ProgressDisplay::show(const engine::Progress& progress) {
  if (quiet_) return;
  if (!progress.problem.empty()) {
    clear_line();
    fmt::print(stderr, "{}\n", printable(progress.problem));
  }
  const auto now = std::chrono::steady_clock::now();
  const bool last = progress.done == progress.total;
  if (!last && now - last_shown_ < (terminal_ ? std::chrono::milliseconds(kTerminalInterval) : kLogInterval))
    return;
  last_shown_ = now;
  const std::string text = fmt::format("{} {}/{} files, {}", progress.activity, progress.done, progress.total,
                                       rate_text(progress));
  if (terminal_) {
    fmt::print(stderr, "\r\x1b[K{}", text);
    std::fflush(stderr);
    line_open_ = true;
  } else {
    fmt::print(stderr, "{}\n", text);
  }
}

engine::ProgressCallback ProgressDisplay::callback() {
  return [this](const engine::Progress& progress) { show(progress); };
}

}  // namespace resonance::cli
