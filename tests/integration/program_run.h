#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>
#include <sys/types.h>

namespace resonance::testing {

/// Under what circumstances the program runs.
struct RunOptions {
  std::filesystem::path folder = "/";                              ///< its working folder
  std::chrono::seconds timeout{300};                               ///< then it is killed and the test fails
  bool unprivileged = false;                                       ///< as nobody, where the tests run as root
  std::optional<std::uint64_t> max_file_bytes{};                   ///< no file may grow beyond this
  int standard_output = -1;                                        ///< a descriptor instead of the capture
  std::filesystem::path program{};                                 ///< another one than `resonance`
  std::vector<std::pair<std::string, std::string>> environment{};  ///< beside its own
};

/// What became of a run.
struct ProgramRun {
  int exit_status = -1;  ///< -1 if a signal ended it
  int signal = 0;        ///< that signal
  std::string output;
  std::string errors;
  std::size_t peak_rss_bytes = 0;

  /// The answer; null, and a failed test, if the output is not one JSON document.
  [[nodiscard]] nlohmann::json json() const;
};

/// Where `resonance` lies, as it was built.
std::filesystem::path program_path();

/// `resonance` as a process of its own, started at once. Killed by the destructor if it still runs.
class RunningProgram {
 public:
  explicit RunningProgram(const std::vector<std::string>& arguments, const RunOptions& options = {});
  ~RunningProgram();
  RunningProgram(const RunningProgram&) = delete;
  RunningProgram& operator=(const RunningProgram&) = delete;

  /// Waits until `text` stands on its standard error. False if it ended, or the time is up, without.
  bool wait_for_error_text(std::string_view text);
  void send(int signal) const;
  [[nodiscard]] pid_t process() const { return process_; }
  /// Waits for its end. Call once.
  ProgramRun wait();

 private:
  void start(const std::vector<std::string>& arguments, const RunOptions& options) const;
  bool has_ended();

  std::chrono::steady_clock::time_point deadline_;
  int output_;
  int errors_;
  pid_t process_ = -1;
  bool ended_ = false;
  int status_ = 0;
  std::size_t peak_rss_bytes_ = 0;
};

/// Runs `resonance` to its end.
ProgramRun run_program(const std::vector<std::string>& arguments, const RunOptions& options = {});

/// Runs another program, e.g. ffmpeg, quietly. False if it is missing or failed.
bool run_tool(const std::vector<std::string>& command);
/// Whether the `ffmpeg` program is there to make compressed files with.
bool have_ffmpeg();

}  // namespace resonance::testing
