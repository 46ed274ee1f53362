#include "search_options.h"

#include "resonance/core/error.h"

#include <filesystem>
#include <memory>
#include <system_error>
#include <utility>

#include "console.h"

namespace resonance::cli {
namespace {

struct SeedOptions {
  std::vector<std::string> tracks;
  std::vector<std::string> audio;
  std::vector<std::string> minus;
  std::vector<float> weights;
  const CLI::Option* track_option = nullptr;
  const CLI::Option* audio_option = nullptr;
  const CLI::Option* minus_option = nullptr;
  const CLI::Option* weight_option = nullptr;
};

/// The options in the order of the command line: a weight belongs to the seed before it.
std::vector<SeedArgument> in_order(const CLI::App& verb, const SeedOptions& options) {
  std::vector<SeedArgument> seeds;
  std::size_t track = 0;
  std::size_t audio = 0;
  std::size_t minus = 0;
  std::size_t weight = 0;
  bool weighed = true;
  for (const CLI::Option* option : verb.parse_order()) {
    if (option == options.track_option) {
      seeds.push_back({SeedArgument::Kind::track, options.tracks.at(track++)});
    } else if (option == options.audio_option) {
      seeds.push_back({SeedArgument::Kind::audio, options.audio.at(audio++)});
    } else if (option == options.minus_option) {
      seeds.push_back({SeedArgument::Kind::minus, options.minus.at(minus++)});
    } else if (option == options.weight_option) {
      if (weighed) {
        throw Error(ErrorCode::invalid_argument, "--weight belongs behind a --track, --audio or --minus");
      }
      seeds.back().weight = options.weights.at(weight++);
    } else {
      continue;
    }
    weighed = option == options.weight_option;
  }
  return seeds;
}

}  // namespace

std::function<void()> add_seed_options(CLI::App& verb, std::vector<SeedArgument>& seeds) {
  const auto options = std::make_shared<SeedOptions>();
  // One value an occurrence, so that occurrences and values can be counted together.
  const auto one_a_time = [](CLI::Option* option, const char* text) {
    return option->expected(1)->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)->option_text(text);
  };
  options->track_option = one_a_time(
      verb.add_option("--track", options->tracks, "A track of the catalog; may be given several times"),
      "PATH-or-ID");
  options->audio_option = one_a_time(
      verb.add_option("--audio", options->audio, "A file from anywhere; may be given several times"), "FILE");
  options->minus_option =
      one_a_time(verb.add_option("--minus", options->minus, "A track or file to move away from"), "TRACK");
  options->weight_option =
      one_a_time(verb.add_option("--weight", options->weights,
                                 "How much the seed before it counts, relative to the others; default 1")
                     ->check(CLI::Range(0.0, 1000.0)),
                 "W");
  return [&verb, &seeds, options] {
    seeds = in_order(verb, *options);
    if (seeds.empty()) {
      throw Error(ErrorCode::invalid_argument, verb.get_name() + " needs --audio FILE or --track PATH-or-ID");
    }
  };
}

std::vector<engine::QuerySeed> find_seeds(const engine::Searcher& searcher,
                                          const std::vector<SeedArgument>& seeds,
                                          const std::stop_token& stop) {
  std::vector<engine::QuerySeed> found;
  for (const SeedArgument& seed : seeds) {
    switch (seed.kind) {
      case SeedArgument::Kind::track:
        found.push_back({searcher.track(seed.name), seed.weight});
        break;
      case SeedArgument::Kind::audio:
        found.push_back({searcher.audio(seed.name, stop), seed.weight});
        break;
      case SeedArgument::Kind::minus:
        try {
          found.push_back({searcher.track(seed.name), -seed.weight});
        } catch (const Error& error) {
          std::error_code problem;
          if (error.code() != ErrorCode::not_found || !std::filesystem::exists(seed.name, problem)) throw;
          found.push_back({searcher.audio(seed.name, stop), -seed.weight});
        }
        break;
    }
  }
  return found;
}

std::optional<ranking::ModalityWeights> ModalityArguments::weights() const {
  if (timbre == 1 && harmony == 1 && rhythm == 1) return std::nullopt;
  return ranking::ModalityWeights{timbre, harmony, rhythm};
}

void add_modality_options(CLI::App& verb, ModalityArguments& arguments) {
  const auto add = [&](const char* name, float& value, const char* meaning) {
    verb.add_option(name, value, meaning)
        ->capture_default_str()
        ->check(CLI::Range(0.0, 1000.0))
        ->option_text("W");
  };
  add("--timbre", arguments.timbre, "How much the sound counts: 1 as usual, 0 not at all");
  add("--harmony", arguments.harmony, "The same for chords and keys");
  add("--rhythm", arguments.rhythm, "The same for beat and tempo");
}

catalog::TrackFilter ChoiceArguments::track_filter() const {
  catalog::TrackFilter filter = catalog::parse_filter(filters);
  for (std::string& folder : filter.folders) {
    std::error_code problem;
    const auto canonical = std::filesystem::weakly_canonical(folder, problem);
    if (!problem) folder = canonical.string();
  }
  return filter;
}

ranking::RerankSettings ChoiceArguments::settings() const {
  ranking::RerankSettings settings;
  settings.min_score = min_score;
  settings.most_per_artist = most_per_artist;
  settings.most_per_album = most_per_album;
  settings.without_seed_artists = without_seed_artists;
  if (without_duplicates) settings.duplicates = ranking::DuplicateRule{};
  return settings;
}

void add_filter_option(CLI::App& verb, ChoiceArguments& arguments) {
  verb.add_option(
          "--filter", arguments.filters,
          "Only tracks that fit: genre=jazz, artist=, album=, title=, tag=, folder=DIR, "
          "year=1990..1999, duration=2:30..5:00, bpm=120..130, bpm~120 (half and double too), key=Am, "
          "key~8A (and those that mix with it). The same name twice means either, different names both")
      ->option_text("NAME=VALUE...");
}

void add_choice_options(CLI::App& verb, ChoiceArguments& arguments) {
  add_filter_option(verb, arguments);
  verb.add_option(with_alias("--min-score"), arguments.min_score, "Leave out what is less similar")
      ->check(CLI::Range(-1.0, 1.0))
      ->option_text("S");
  verb.add_option(with_alias("--max-per-artist"), arguments.most_per_artist, "At most N tracks of one artist")
      ->option_text("N");
  verb.add_option(with_alias("--max-per-album"), arguments.most_per_album, "At most N tracks of one album")
      ->option_text("N");
  verb.add_flag(with_alias("--exclude-artist"), arguments.without_seed_artists,
                "Nothing by the artists that are searched with");
  verb.add_flag(with_alias("--no-duplicates"), arguments.without_duplicates,
                "One copy of each recording, and none of those that are searched with");
}

}  // namespace resonance::cli
