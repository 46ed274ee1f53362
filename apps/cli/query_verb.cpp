#include "resonance/core/error.h"
#include "resonance/engine/searcher.h"

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "console.h"
#include "verbs.h"

namespace resonance::cli {
namespace {

struct Arguments {
  std::string audio;
  std::string track;
  std::string catalog = "catalog";
  std::size_t count = 20;
  Format format = Format::text;
};

nlohmann::json source_json(const engine::QuerySource& source) {
  nlohmann::json query{{"path", source.path},
                       {"title", source.facts.tags.title},
                       {"artist", source.facts.tags.artist},
                       {"description", description_json(source.facts.description)}};
  if (source.track) query["track_id"] = source.track->id;
  return query;
}

nlohmann::json result_json(const engine::QueryResult& result) {
  return {{"rank", result.rank},
          {"track_id", result.track.id},
          {"path", result.track.path},
          {"title", result.track.tags.title},
          {"artist", result.track.tags.artist},
          {"score", result.score},
          {"timbre", result.modalities.timbre},
          {"harmony", result.modalities.harmony},
          {"rhythm", result.modalities.rhythm},
          {"why", result.why}};
}

void print_text(const engine::QuerySource& source, const std::vector<engine::QueryResult>& results) {
  fmt::print("Sounds like {}", display_name(source.facts.tags, source.path));
  const auto traits = ranking::traits(source.facts.description);
  fmt::print("{}{}\n\n", traits.empty() ? "" : ": ", fmt::join(traits, ", "));
  for (const auto& result : results) {
    fmt::print("{:3}. {:5.3f}  {}\n", result.rank, result.score,
               display_name(result.track.tags, result.track.path));
    fmt::print("            timbre {:.2f}  harmony {:.2f}  rhythm {:.2f}{}{}\n", result.modalities.timbre,
               result.modalities.harmony, result.modalities.rhythm, result.why.empty() ? "" : "   ",
               printable(fmt::format("{}", fmt::join(result.why, ", "))));
    fmt::print("            {}\n", printable(result.track.path));
  }
}

int query(const Arguments& arguments, const std::stop_token& stop) {
  if (arguments.audio.empty() == arguments.track.empty()) {
    throw Error(ErrorCode::invalid_argument, "query needs one of --audio FILE and --track PATH-or-ID");
  }
  const engine::Searcher searcher(arguments.catalog);
  if (searcher.is_stale()) {
    fmt::print(
        stderr,
        "note: the catalog has changed since its search index was made; `resonance index` updates it\n");
  }
  const engine::QuerySource source =
      arguments.track.empty() ? searcher.audio(arguments.audio, stop) : searcher.track(arguments.track);
  const auto results = searcher.search(source, arguments.count);
  if (arguments.format == Format::text) {
    print_text(source, results);
    return kDone;
  }
  nlohmann::json list = nlohmann::json::array();
  for (const auto& result : results) list.push_back(result_json(result));
  print_json({{"query", source_json(source)}, {"results", list}});
  return kDone;
}

}  // namespace

void add_query_verb(CLI::App& app, Command& command) {
  CLI::App* verb = app.add_subcommand("query", "Tracks that sound like a file or a track, and why");
  const auto arguments = std::make_shared<Arguments>();
  verb->add_option("--audio", arguments->audio, "A file from anywhere")->option_text("FILE");
  verb->add_option("--track", arguments->track, "A track of the catalog")->option_text("PATH-or-ID");
  verb->add_option("--topk,--top-k,--top_k,-k", arguments->count, "How many")
      ->capture_default_str()
      ->check(CLI::Range(1, 100'000))
      ->option_text("K");
  add_catalog_option(*verb, arguments->catalog);
  add_format_option(*verb, arguments->format);
  verb->callback([arguments, &command] {
    command = [arguments](const std::stop_token& stop) { return query(*arguments, stop); };
  });
}

}  // namespace resonance::cli
