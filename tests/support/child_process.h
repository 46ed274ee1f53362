#pragma once

#include <cstdint>
#include <functional>

#include <sys/types.h>

namespace resonance::testing {

/// A forked child, for tests of kills and of several processes. It tells its parent what it has finished
/// through report(); it ends when `body` returns, by kill(), or with the object.
class ChildProcess {
 public:
  /// `body` runs in the child, with a function that reports one number to the parent, at once.
  using Report = std::function<void(std::int64_t)>;
  explicit ChildProcess(const std::function<void(const Report&)>& body);
  ~ChildProcess();
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;

  [[nodiscard]] pid_t id() const { return id_; }
  /// The next report; -1 once the child has ended and all are read.
  std::int64_t next_report();
  void kill();  ///< SIGKILL, and waits for the end
  int wait();   ///< 0 if `body` returned, 1 if it threw; else the signal's number + 128

 private:
  pid_t id_ = -1;
  int reports_ = -1;
};

}  // namespace resonance::testing
