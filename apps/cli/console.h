#pragma once

#include "resonance/core/description.h"
#include "resonance/core/track.h"
#include "resonance/engine/models.h"
#include "resonance/engine/progress.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

namespace resonance::cli {

/// How a verb answers: for people, or as one JSON document on standard output.
enum class Format { text, json };

/// Adds `--format text|json` to a verb.
void add_format_option(CLI::App& verb, Format& format);
/// Adds `--catalog DIR` (alias `--index-dir`) to a verb.
void add_catalog_option(CLI::App& verb, std::string& catalog);
/// What a verb that listens to files is told to listen with.
struct ModelOption {
  std::optional<std::string> model;
  engine::Backend backend = engine::Backend::automatic;

  /// The model's file or name; nothing if nothing was said. @throws Error as engine::model_file
  [[nodiscard]] std::optional<std::string> file() const;
};
/// Adds `--model MODEL` (alias `--load`) and `--backend`.
void add_model_option(CLI::App& verb, ModelOption& option);
void add_backend_option(CLI::App& verb, engine::Backend& backend);
/// Adds `--jobs N` and `--quiet` to a verb that works through many files.
void add_batch_options(CLI::App& verb, unsigned& jobs, bool& quiet);
/// An option's kebab-case name with its snake_case alias: "--cache-dir" -> "--cache-dir,--cache_dir".
std::string with_alias(std::string_view name);

/// Prints one JSON document; bytes that are not UTF-8 become U+FFFD.
void print_json(const nlohmann::json& document);
/// A path or tag made safe for a terminal: control characters are shown as escapes.
std::string printable(std::string_view text);

nlohmann::json failures_json(const std::vector<engine::FailedItem>& items);
nlohmann::json description_json(const Description& description);

/// One indented line an item, for people.
void print_failures(const std::vector<engine::FailedItem>& items);

/// "Artist - Title", or the file's name where the tags are silent.
std::string display_name(const Tags& tags, std::string_view path);

}  // namespace resonance::cli
