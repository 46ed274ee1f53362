#pragma once

#include <functional>
#include <stop_token>

#include <CLI/CLI.hpp>

namespace resonance::cli {

/// What the command line asked for: parsing fills it in, main() runs it. Returns the exit status.
using Command = std::function<int(const std::stop_token&)>;

inline constexpr int kDone = 0;
inline constexpr int kSomeItemsFailed = 1;
inline constexpr int kStopped = 130;

void add_index_verb(CLI::App& app, Command& command);
void add_query_verb(CLI::App& app, Command& command);
void add_playlist_verb(CLI::App& app, Command& command);
void add_path_verb(CLI::App& app, Command& command);
void add_precompute_verb(CLI::App& app, Command& command);
void add_features_verb(CLI::App& app, Command& command);
void add_evaluate_verb(CLI::App& app, Command& command);
void add_embed_verb(CLI::App& app, Command& command);
void add_describe_verb(CLI::App& app, Command& command);
void add_map_verb(CLI::App& app, Command& command);
void add_tag_verb(CLI::App& app, Command& command);
/// Those that another program, resonance-train, carries out.
void add_training_verbs(CLI::App& app, Command& command);
void add_doctor_verb(CLI::App& app, Command& command);

}  // namespace resonance::cli
