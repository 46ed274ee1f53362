#include "support/child_process.h"

#include <array>
#include <csignal>
#include <cstdio>
#include <exception>
#include <stdexcept>
#include <utility>

#include <sys/wait.h>
#include <unistd.h>

namespace resonance::testing {
namespace {

[[noreturn]] void run(const std::function<void(const ChildProcess::Report&)>& body, int reports) {
  int status = 0;
  try {
    body([reports](std::int64_t number) {
      if (::write(reports, &number, sizeof number) != sizeof number) ::_exit(1);
    });
  } catch (const std::exception& error) {
    std::fprintf(stderr, "child process: %s\n", error.what());
    status = 1;
  }
  ::_exit(status);
}

}  // namespace

ChildProcess::ChildProcess(const std::function<void(const Report&)>& body) {
  std::array<int, 2> ends{};
  if (::pipe(ends.data()) != 0) throw std::runtime_error("cannot make a pipe");
  id_ = ::fork();
  if (id_ < 0) throw std::runtime_error("cannot fork");
  if (id_ == 0) {
    ::close(ends[0]);
    run(body, ends[1]);
  }
  ::close(ends[1]);
  reports_ = ends[0];
}

ChildProcess::~ChildProcess() {
  kill();
  ::close(reports_);
}

std::int64_t ChildProcess::next_report() {
  std::int64_t number = -1;
  return ::read(reports_, &number, sizeof number) == sizeof number ? number : -1;
}

void ChildProcess::kill() {
  if (id_ < 0) return;
  ::kill(id_, SIGKILL);
  wait();
}

int ChildProcess::wait() {
  int status = 0;
  ::waitpid(std::exchange(id_, -1), &status, 0);
  return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

}  // namespace resonance::testing
