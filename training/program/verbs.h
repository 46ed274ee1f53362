#pragma once

#include <functional>
#include <stop_token>

#include <CLI/CLI.hpp>

namespace resonance::training {

/// What a verb does; returns the exit status.
using Command = std::function<int(const std::stop_token&)>;

void add_pack_verb(CLI::App& app, Command& command);
void add_export_verbs(CLI::App& app, Command& command);
void add_train_verb(CLI::App& app, Command& command);

}  // namespace resonance::training
