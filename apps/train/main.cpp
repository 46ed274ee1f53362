#include "resonance/core/error.h"

#include <csignal>
#include <cstdio>
#include <exception>
#include <new>
#include <stop_token>
#include <thread>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <pthread.h>
#include <unistd.h>

#include "memory.h"
#include "verbs.h"

namespace {

using resonance::Error;
using resonance::ErrorCode;

/// SIGINT and SIGTERM ask to stop, a second one ends the program; what is on disk is whole either way.
std::stop_token stop_on_signals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  std::stop_source source;
  std::thread([signals, source]() mutable {
    int signal = 0;
    sigwait(&signals, &signal);
    source.request_stop();
    sigwait(&signals, &signal);
    ::_exit(128 + signal);
  }).detach();
  return source.get_token();
}

int run(int argc, char** argv) {
  const std::stop_token stop = stop_on_signals();
  resonance::training::keep_freed_memory();
  CLI::App app{"Trains models for Resonance.", "resonance-train"};
  app.require_subcommand(1);
  resonance::training::Command command;
  resonance::training::add_pack_verb(app, command);
  resonance::training::add_train_verb(app, command, {argv, argv + argc});
  resonance::training::add_export_verbs(app, command);
  resonance::training::add_convert_verb(app, command);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : exit_status_of(ErrorCode::invalid_argument);
  }
  return command(stop);
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return run(argc, argv);
  } catch (const Error& error) {
    fmt::print(stderr, "resonance-train: {}\n", error.what());
    return exit_status_of(error.code());
  } catch (const std::bad_alloc&) {
    fmt::print(stderr, "resonance-train: out of memory\n");
  } catch (const std::exception& error) {
    fmt::print(stderr, "resonance-train: {} (this is a bug: please report it)\n", error.what());
  }
  return exit_status_of(ErrorCode::internal);
}
