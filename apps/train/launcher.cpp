#include "launcher.h"

#include "resonance/core/error.h"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <thread>

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <pthread.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

// POSIX wants the program to declare it.
extern char** environ;  // NOLINT(readability-redundant-declaration)

namespace resonance::training {
namespace {

/// A port that nobody listens on now.
int free_port() {
  const int socket = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  const bool bound = socket >= 0 && ::bind(socket, reinterpret_cast<sockaddr*>(&address), size) == 0 &&
                     ::getsockname(socket, reinterpret_cast<sockaddr*>(&address), &size) == 0;
  const int reason = errno;
  if (socket >= 0) ::close(socket);
  if (!bound) throw system_error(reason, "cannot find a free port");
  return ntohs(address.sin_port);
}

/// Starts the program with signals as a program expects them, not blocked as they are here.
pid_t start(std::vector<std::string> arguments) {
  std::vector<char*> pointers;
  pointers.reserve(arguments.size() + 1);
  for (std::string& argument : arguments) pointers.push_back(argument.data());
  pointers.push_back(nullptr);
  posix_spawnattr_t attributes{};
  ::posix_spawnattr_init(&attributes);
  sigset_t none{};
  sigemptyset(&none);
  ::posix_spawnattr_setsigmask(&attributes, &none);
  ::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
  pid_t child = 0;
  const int error = ::posix_spawn(&child, "/proc/self/exe", nullptr, &attributes, pointers.data(), environ);
  ::posix_spawnattr_destroy(&attributes);
  if (error != 0) throw system_error(error, "cannot start a rank");
  return child;
}

}  // namespace

int launch_ranks(int ranks, const std::vector<std::string>& arguments, const std::stop_token& stop) {
  const std::string master = "127.0.0.1:" + std::to_string(free_port());
  std::vector<pid_t> running;
  for (int rank = 0; rank < ranks; ++rank) {
    std::vector<std::string> own = arguments;
    for (const std::string& argument :
         {std::string("--world-size"), std::to_string(ranks), std::string("--rank"), std::to_string(rank),
          std::string("--master"), master}) {
      own.push_back(argument);
    }
    running.push_back(start(std::move(own)));
  }
  int result = 0;
  bool asked = false;
  auto asked_at = std::chrono::steady_clock::now();
  while (!running.empty()) {
    for (std::size_t i = 0; i < running.size();) {
      int status = 0;
      if (::waitpid(running[i], &status, WNOHANG) != running[i]) {
        ++i;
        continue;
      }
      const int code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
      if (result == 0) result = code;
      running.erase(running.begin() + static_cast<std::ptrdiff_t>(i));
    }
    const bool ends = result != 0 || stop.stop_requested();
    if (ends && !asked) {
      asked = true;
      asked_at = std::chrono::steady_clock::now();
      for (const pid_t child : running) ::kill(child, SIGTERM);
    } else if (asked && std::chrono::steady_clock::now() - asked_at > std::chrono::seconds(30)) {
      for (const pid_t child : running) ::kill(child, SIGKILL);
    }
    if (!running.empty()) std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
  return result;
}

}  // namespace resonance::training
