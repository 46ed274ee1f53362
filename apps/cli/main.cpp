#include "resonance/core/error.h"
#include "resonance/engine/version.h"

#include <cstdio>
#include <exception>
#include <iostream>
#include <new>
#include <system_error>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "console.h"
#include "stop_signals.h"
#include "verbs.h"

namespace {

using resonance::Error;
using resonance::ErrorCode;

void require_written_output() {
  if (!std::cout.flush() || std::fflush(stdout) != 0 || std::ferror(stdout) != 0) {
    throw Error(ErrorCode::no_space, "cannot write the answer to standard output");
  }
}

int run(int argc, char** argv) {
  const std::stop_token stop = resonance::cli::stop_on_signals();
  CLI::App app{"Resonance finds music that sounds like this music.", "resonance"};
  app.set_version_flag("--version", resonance::engine::version());
  app.require_subcommand(1);
  resonance::cli::Command command;
  resonance::cli::add_index_verb(app, command);
  resonance::cli::add_query_verb(app, command);
  resonance::cli::add_playlist_verb(app, command);
  resonance::cli::add_path_verb(app, command);
  resonance::cli::add_describe_verb(app, command);
  resonance::cli::add_map_verb(app, command);
  resonance::cli::add_tag_verb(app, command);
  resonance::cli::add_embed_verb(app, command);
  resonance::cli::add_evaluate_verb(app, command);
  resonance::cli::add_features_verb(app, command);
  resonance::cli::add_precompute_verb(app, command);
  resonance::cli::add_training_verbs(app, command);
  resonance::cli::add_doctor_verb(app, command);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    // CLI11 would say that a verb is missing, and not that the word in its place is none.
    if (error.get_name() == "RequiredError" && app.get_subcommands().empty() && !app.remaining().empty()) {
      throw Error(ErrorCode::invalid_argument,
                  "there is no verb '" + app.remaining().front() + "': run resonance --help");
    }
    const bool asked_for = app.exit(error) == 0;  // help or version, on standard output
    if (asked_for) require_written_output();
    return asked_for ? 0 : exit_status_of(ErrorCode::invalid_argument);
  }
  int status = 0;
  try {
    status = command(stop);
  } catch (const std::system_error&) {
    if (std::ferror(stdout) == 0) throw;  // else fmt tells, in its own words, what is said below
  }
  require_written_output();
  return status;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return run(argc, argv);
  } catch (const Error& error) {
    fmt::print(stderr, "resonance: {}\n", resonance::cli::printable(error.what()));
    return exit_status_of(error.code());
  } catch (const std::bad_alloc&) {
    fmt::print(stderr, "resonance: out of memory: try fewer --jobs\n");
  } catch (const std::exception& error) {
    fmt::print(stderr, "resonance: {} (this is a bug: please report it)\n", error.what());
  }
  return exit_status_of(ErrorCode::internal);
}
