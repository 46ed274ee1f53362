#include "resonance/core/error.h"
#include "resonance/engine/playlists.h"
#include "resonance/engine/searcher.h"

#include <cmath>
#include <memory>
#include <optional>
#include <string>

#include <fmt/format.h>

#include "console.h"
#include "search_options.h"
#include "verbs.h"

namespace resonance::cli {
namespace {

/// What playlists and paths have in common.
struct ListArguments {
  std::string catalog = "catalog";
  std::size_t length = 20;
  std::optional<double> minutes;
  std::string tempo = "any";
  std::string energy = "any";
  std::string out;
  std::string paths = "absolute";
  Format format = Format::text;

  [[nodiscard]] std::optional<double> duration_s() const {
    if (!minutes) return std::nullopt;
    return *minutes * 60;
  }
  [[nodiscard]] ranking::FlowSettings flow() const;
};

ranking::Direction direction(const std::string& name) {
  if (name == "up") return ranking::Direction::up;
  return name == "down" ? ranking::Direction::down : ranking::Direction::any;
}

ranking::FlowSettings ListArguments::flow() const {
  return {.tempo = direction(tempo), .energy = direction(energy)};
}

void add_list_options(CLI::App& verb, ListArguments& arguments) {
  CLI::Option* length = verb.add_option("--length", arguments.length, "How many tracks")
                            ->capture_default_str()
                            ->check(CLI::Range(2, 1000))
                            ->option_text("N");
  verb.add_option("--minutes", arguments.minutes, "About how long, instead of --length")
      ->check(CLI::Range(1.0, 3000.0))
      ->excludes(length)
      ->option_text("M");
  for (const auto& [name, value] :
       {std::pair{"--tempo", &arguments.tempo}, {"--energy", &arguments.energy}}) {
    verb.add_option(name, *value, "Where it should lead")
        ->capture_default_str()
        ->check(CLI::IsMember({"any", "up", "down"}))
        ->option_text("any|up|down");
  }
  verb.add_option("--out,-o", arguments.out, "Write a playlist: .m3u8, .xspf or .jspf")->option_text("FILE");
  verb.add_option("--paths", arguments.paths, "How the playlist's file names the tracks")
      ->capture_default_str()
      ->check(CLI::IsMember({"absolute", "relative"}))
      ->option_text("absolute|relative");
  add_catalog_option(verb, arguments.catalog);
  add_format_option(verb, arguments.format);
}

nlohmann::json list_json(const engine::TrackList& list) {
  nlohmann::json tracks = nlohmann::json::array();
  for (const catalog::Track& track : list.tracks) {
    tracks.push_back({{"track_id", track.id},
                      {"path", track.path},
                      {"title", track.tags.title},
                      {"artist", track.tags.artist},
                      {"description", description_json(track.description)}});
  }
  return {{"tracks", std::move(tracks)}, {"duration_s", list.duration_s}, {"note", list.note}};
}

void print_text(const engine::TrackList& list) {
  for (std::size_t i = 0; i < list.tracks.size(); ++i) {
    const catalog::Track& track = list.tracks[i];
    const auto seconds = std::lround(track.description.duration_s);
    fmt::print("{:3}. {:2}:{:02}  {}\n", i + 1, seconds / 60, seconds % 60,
               display_name(track.tags, track.path));
  }
  fmt::print("{} tracks, {:.0f} minutes\n", list.tracks.size(), list.duration_s / 60);
}

int answer(const engine::TrackList& list, const ListArguments& arguments) {
  if (!arguments.out.empty()) {
    engine::write_playlist(
        arguments.out, list.tracks,
        arguments.paths == "relative" ? engine::PlaylistPaths::relative : engine::PlaylistPaths::absolute);
  }
  if (!list.note.empty()) fmt::print(stderr, "note: {}\n", printable(list.note));
  if (arguments.format == Format::json) {
    print_json(list_json(list));
  } else {
    print_text(list);
  }
  return kDone;
}

struct PlaylistArguments {
  std::vector<SeedArgument> seeds;
  ModalityArguments modalities;
  ChoiceArguments choice;
  double diversity = 0.3;
  std::string order = "flow";
  bool without_seeds = false;
  ListArguments list;
};

int playlist(const PlaylistArguments& arguments, const std::stop_token& stop) {
  const engine::Searcher searcher(arguments.list.catalog);
  engine::SearchRequest request;
  request.seeds = find_seeds(searcher, arguments.seeds, stop);
  request.modalities = arguments.modalities.weights();
  request.filter = arguments.choice.track_filter();
  request.rerank = arguments.choice.settings();
  request.rerank.diversity = arguments.diversity;
  ranking::PlaylistSettings settings;
  settings.length = arguments.list.length;
  settings.duration_s = arguments.list.duration_s();
  settings.with_seeds = !arguments.without_seeds;
  settings.in_flowing_order = arguments.order == "flow";
  settings.flow = arguments.list.flow();
  return answer(engine::playlist_around(searcher, request, settings), arguments.list);
}

struct PathArguments {
  std::string from;
  std::string to;
  std::vector<std::string> filters;
  ListArguments list;
};

int path(const PathArguments& arguments, const std::stop_token& stop) {
  const engine::Searcher searcher(arguments.list.catalog);
  ChoiceArguments choice;
  choice.filters = arguments.filters;
  return answer(engine::path_between(searcher, find_track_or_file(searcher, arguments.from, stop),
                                     find_track_or_file(searcher, arguments.to, stop), choice.track_filter(),
                                     {.length = arguments.list.length, .flow = arguments.list.flow()},
                                     arguments.list.duration_s()),
                arguments.list);
}

}  // namespace

void add_playlist_verb(CLI::App& app, Command& command) {
  CLI::App* verb = app.add_subcommand("playlist", "A playlist around tracks, in an order that flows");
  const auto arguments = std::make_shared<PlaylistArguments>();
  arguments->choice.most_per_artist = ranking::PlaylistSettings{}.choice.most_per_artist;
  arguments->choice.without_duplicates = true;
  const auto read_seeds = add_seed_options(*verb, arguments->seeds);
  add_modality_options(*verb, arguments->modalities);
  add_choice_options(*verb, arguments->choice);
  verb->add_option(with_alias("--lambda-div"), arguments->diversity,
                   "Weight of diversity: 0 similarity only, 1 diversity only")
      ->capture_default_str()
      ->check(CLI::Range(0.0, 1.0))
      ->option_text("D");
  verb->add_option("--order", arguments->order,
                   "flow: tempo, key and energy change little; score: best first")
      ->capture_default_str()
      ->check(CLI::IsMember({"flow", "score"}))
      ->option_text("flow|score");
  verb->add_flag(with_alias("--without-seeds"), arguments->without_seeds, "Leave out what it is made around");
  add_list_options(*verb, arguments->list);
  verb->callback([arguments, read_seeds, &command] {
    read_seeds();
    command = [arguments](const std::stop_token& stop) { return playlist(*arguments, stop); };
  });
}

void add_path_verb(CLI::App& app, Command& command) {
  CLI::App* verb = app.add_subcommand("path", "From one song to another in even steps");
  const auto arguments = std::make_shared<PathArguments>();
  arguments->list.length = ranking::PathSettings{}.length;
  verb->add_option("from", arguments->from, "A track of the catalog, or a file")
      ->required()
      ->option_text("FROM");
  verb->add_option("to", arguments->to, "Another")->required()->option_text("TO");
  add_filter_option(*verb, arguments->filters);
  add_list_options(*verb, arguments->list);
  verb->callback([arguments, &command] {
    command = [arguments](const std::stop_token& stop) { return path(*arguments, stop); };
  });
}

}  // namespace resonance::cli
