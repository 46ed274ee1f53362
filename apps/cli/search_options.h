#pragma once

#include "resonance/catalog/track_filter.h"
#include "resonance/engine/search_request.h"
#include "resonance/engine/searcher.h"
#include "resonance/ranking/rerank.h"

#include <cstddef>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

/// Options that the searching verbs have in common.
namespace resonance::cli {

/// One --track, --audio or --minus, with the --weight behind it.
struct SeedArgument {
  enum class Kind { track, audio, minus };
  Kind kind = Kind::track;
  std::string name;
  float weight = 1;
};

/// Adds --track, --audio, --minus and --weight, each repeatable.
/// @return to be called when the line has been parsed: fills `seeds` in the order of the line
/// @throws (the returned function) Error(invalid_argument) without a seed, or for a weight without one
std::function<void()> add_seed_options(CLI::App& verb, std::vector<SeedArgument>& seeds);

/// Looks the seeds up, or listens to them. What --minus names is a track of the catalog, else a file.
/// @throws Error as Searcher::track and Searcher::audio
std::vector<engine::QuerySeed> find_seeds(const engine::Searcher& searcher,
                                          const std::vector<SeedArgument>& seeds,
                                          const std::stop_token& stop);

/// --timbre, --harmony and --rhythm: 1 counts as usual, 0 not at all.
struct ModalityArguments {
  float timbre = 1;
  float harmony = 1;
  float rhythm = 1;

  /// Nothing if all count as usual.
  [[nodiscard]] std::optional<ranking::ModalityWeights> weights() const;
};
void add_modality_options(CLI::App& verb, ModalityArguments& arguments);

/// Which tracks may be part of an answer.
struct ChoiceArguments {
  std::vector<std::string> filters;
  std::optional<float> min_score;
  std::size_t most_per_artist = 0;
  std::size_t most_per_album = 0;
  bool without_seed_artists = false;
  bool without_duplicates = false;

  [[nodiscard]] catalog::TrackFilter track_filter() const;
  [[nodiscard]] ranking::RerankSettings settings() const;
};
/// --filter alone.
void add_filter_option(CLI::App& verb, ChoiceArguments& arguments);
/// --filter, --min-score, --max-per-artist, --max-per-album, --exclude-artist, --no-duplicates.
void add_choice_options(CLI::App& verb, ChoiceArguments& arguments);

}  // namespace resonance::cli
