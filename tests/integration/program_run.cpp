#include "integration/program_run.h"

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <stdexcept>
#include <system_error>
#include <thread>

#include <fcntl.h>
#include <grp.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

namespace resonance::testing {
namespace {

constexpr uid_t kNobody = 65534;
constexpr int kCouldNotStart = 127;
constexpr auto kPollInterval = std::chrono::milliseconds(2);

/// A file that exists in memory only: whatever the disk and the limits of the test are, it takes the output.
int make_capture(const char* name) {
  const int descriptor = ::memfd_create(name, MFD_CLOEXEC);
  if (descriptor < 0) throw std::system_error(errno, std::generic_category(), "memfd_create");
  return descriptor;
}

std::string content_of(int descriptor) {
  struct stat status {};
  if (::fstat(descriptor, &status) != 0) return {};
  std::string text(static_cast<std::size_t>(status.st_size), '\0');
  const ssize_t size = ::pread(descriptor, text.data(), text.size(), 0);
  text.resize(size > 0 ? static_cast<std::size_t>(size) : 0);
  return text;
}

std::vector<char*> argument_pointers(std::vector<std::string>& words) {
  std::vector<char*> pointers;
  pointers.reserve(words.size() + 1);
  for (std::string& word : words) pointers.push_back(word.data());
  pointers.push_back(nullptr);
  return pointers;
}

/// In the child, between fork and exec: false if something could not be had.
bool apply(const RunOptions& options) {
  if (options.max_file_bytes) {
    const rlimit limit{*options.max_file_bytes, *options.max_file_bytes};
    if (::setrlimit(RLIMIT_FSIZE, &limit) != 0) return false;
  }
  if (::chdir(options.folder.c_str()) != 0) return false;
  if (!options.unprivileged || ::geteuid() != 0) return true;
  return ::setgroups(0, nullptr) == 0 && ::setgid(kNobody) == 0 && ::setuid(kNobody) == 0;
}

}  // namespace

std::filesystem::path program_path() {
  // Nothing here changes the environment, so reading it is safe.
  const char* chosen = std::getenv("RESONANCE_PROGRAM");  // NOLINT(concurrency-mt-unsafe)
  return chosen != nullptr ? chosen : RESONANCE_PROGRAM_PATH;
}

nlohmann::json ProgramRun::json() const {
  nlohmann::json document = nlohmann::json::parse(output, nullptr, false);
  if (!document.is_discarded()) return document;
  ADD_FAILURE() << "not JSON: " << output << "\nexit status " << exit_status << ", errors: " << errors;
  return {};
}

RunningProgram::RunningProgram(const std::vector<std::string>& arguments, const RunOptions& options)
    : deadline_(std::chrono::steady_clock::now() + options.timeout),
      output_(make_capture("output")),
      errors_(make_capture("errors")) {
  process_ = ::fork();
  if (process_ < 0) throw std::system_error(errno, std::generic_category(), "fork");
  if (process_ == 0) start(arguments, options);
}

RunningProgram::~RunningProgram() {
  if (!ended_) {
    send(SIGKILL);
    ::waitpid(process_, nullptr, 0);
  }
  ::close(output_);
  ::close(errors_);
}

void RunningProgram::start(const std::vector<std::string>& arguments, const RunOptions& options) const {
  std::vector<std::string> words{"resonance"};
  words.insert(words.end(), arguments.begin(), arguments.end());
  const std::vector<char*> pointers = argument_pointers(words);
  for (const auto& [name, value] : options.environment) {
    ::setenv(name.c_str(), value.c_str(), 1);  // NOLINT(concurrency-mt-unsafe): one thread after the fork
  }
  // Opened before privileges are dropped: nobody may not be able to reach the build folder.
  const std::filesystem::path file = options.program.empty() ? program_path() : options.program;
  const int program = ::open(file.c_str(), O_PATH | O_CLOEXEC);
  const int input = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
  ::dup2(input, STDIN_FILENO);
  ::dup2(options.standard_output >= 0 ? options.standard_output : output_, STDOUT_FILENO);
  ::dup2(errors_, STDERR_FILENO);
  if (program >= 0 && apply(options)) ::fexecve(program, pointers.data(), environ);
  ::_exit(kCouldNotStart);
}

bool RunningProgram::has_ended() {
  if (ended_) return true;
  rusage usage{};
  if (::wait4(process_, &status_, WNOHANG, &usage) != process_) return false;
  ended_ = true;
  peak_rss_bytes_ = static_cast<std::size_t>(usage.ru_maxrss) * 1024;
  return true;
}

bool RunningProgram::wait_for_error_text(std::string_view text) {
  while (std::chrono::steady_clock::now() < deadline_) {
    const bool last_look = has_ended();
    if (content_of(errors_).find(text) != std::string::npos) return true;
    if (last_look) return false;
    std::this_thread::sleep_for(kPollInterval);
  }
  return false;
}

void RunningProgram::send(int signal) const { ::kill(process_, signal); }

ProgramRun RunningProgram::wait() {
  while (!has_ended()) {
    if (std::chrono::steady_clock::now() > deadline_) {
      ADD_FAILURE() << "the program takes too long and is killed";
      send(SIGKILL);
      deadline_ += std::chrono::hours(1);
    }
    std::this_thread::sleep_for(kPollInterval);
  }
  ProgramRun run;
  if (WIFEXITED(status_)) run.exit_status = WEXITSTATUS(status_);
  if (WIFSIGNALED(status_)) run.signal = WTERMSIG(status_);
  run.output = content_of(output_);
  run.errors = content_of(errors_);
  run.peak_rss_bytes = peak_rss_bytes_;
  if (run.exit_status == kCouldNotStart) throw std::runtime_error("cannot start " + program_path().string());
  return run;
}

ProgramRun run_program(const std::vector<std::string>& arguments, const RunOptions& options) {
  return RunningProgram(arguments, options).wait();
}

bool run_tool(const std::vector<std::string>& command) {
  const pid_t process = ::fork();
  if (process < 0) return false;
  if (process == 0) {
    std::vector<std::string> words = command;
    const std::vector<char*> pointers = argument_pointers(words);
    const int nowhere = ::open("/dev/null", O_RDWR | O_CLOEXEC);
    for (const int stream : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) ::dup2(nowhere, stream);
    ::execvp(pointers.front(), pointers.data());
    ::_exit(kCouldNotStart);
  }
  int status = 0;
  return ::waitpid(process, &status, 0) == process && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

bool have_ffmpeg() { return run_tool({"ffmpeg", "-version"}); }

}  // namespace resonance::testing
