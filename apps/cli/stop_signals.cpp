#include "stop_signals.h"

#include <csignal>
#include <thread>

#include <unistd.h>

namespace resonance::cli {

std::stop_token stop_on_signals() {
  static constexpr int kStoppedBySignal = 130;
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  // Every later thread inherits the mask, so only the one below ever sees these signals.
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  std::signal(SIGPIPE, SIG_IGN);  // NOLINT(cert-err33-c): a closed pipe is noticed when writing
  std::signal(SIGXFSZ, SIG_IGN);  // NOLINT(cert-err33-c): so is a limit on the size of files

  std::stop_source source;
  std::thread([signals, source]() mutable {
    int received = 0;
    sigwait(&signals, &received);
    source.request_stop();
    sigwait(&signals, &received);
    ::_exit(kStoppedBySignal);
  }).detach();
  return source.get_token();
}

}  // namespace resonance::cli
