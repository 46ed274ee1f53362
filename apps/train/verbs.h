#pragma once

#include <functional>
#include <stop_token>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

namespace resonance::training {

/// What a verb does; returns the exit status.
using Command = std::function<int(const std::stop_token&)>;

void add_pack_verb(CLI::App& app, Command& command);
void add_convert_verb(CLI::App& app, Command& command);
void add_export_verbs(CLI::App& app, Command& command);
/// @param all  the program's arguments, its own name first: what ranks are started with
void add_train_verb(CLI::App& app, Command& command, const std::vector<std::string>& all);

}  // namespace resonance::training
