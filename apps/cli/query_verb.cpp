#include "resonance/core/error.h"
#include "resonance/engine/searcher.h"

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "console.h"
#include "search_options.h"
#include "verbs.h"

namespace resonance::cli {
namespace {

struct Arguments {
  std::vector<SeedArgument> seeds;
  std::string catalog = "catalog";
  std::size_t count = 20;
  ModalityArguments modalities;
  std::size_t feedback = 0;
  std::optional<float> alpha;
  std::string rerank = "none";
  double diversity = 0.3;
  bool without_hubs = false;
  index::SearchSettings index;
  ChoiceArguments choice;
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

nlohmann::json query_json(const std::vector<engine::QuerySeed>& seeds) {
  nlohmann::json query = source_json(seeds.front().source);
  if (seeds.size() == 1) return query;
  nlohmann::json list = nlohmann::json::array();
  for (const engine::QuerySeed& seed : seeds) {
    nlohmann::json one = source_json(seed.source);
    one["weight"] = seed.weight;
    list.push_back(std::move(one));
  }
  query["seeds"] = std::move(list);
  return query;
}

void print_text(const std::vector<engine::QuerySeed>& seeds,
                const std::vector<engine::QueryResult>& results) {
  fmt::print("Sounds like ");
  for (std::size_t i = 0; i < seeds.size(); ++i) {
    const engine::QuerySeed& seed = seeds[i];
    fmt::print("{}{}",
               i == 0            ? ""
               : seed.weight < 0 ? ", and not like "
                                 : " and ",
               display_name(seed.source.facts.tags, seed.source.path));
  }
  if (seeds.size() == 1) {
    const auto traits = ranking::traits(seeds.front().source.facts.description);
    fmt::print("{}{}", traits.empty() ? "" : ": ", fmt::join(traits, ", "));
  }
  fmt::print("\n\n");
  if (results.empty()) fmt::print("Nothing in the catalog passes.\n");
  for (const auto& result : results) {
    fmt::print("{:3}. {:5.3f}  {}\n", result.rank, result.score,
               display_name(result.track.tags, result.track.path));
    fmt::print("            timbre {:.2f}  harmony {:.2f}  rhythm {:.2f}{}{}\n", result.modalities.timbre,
               result.modalities.harmony, result.modalities.rhythm, result.why.empty() ? "" : "   ",
               printable(fmt::format("{}", fmt::join(result.why, ", "))));
    fmt::print("            {}\n", printable(result.track.path));
  }
}

engine::SearchRequest request_of(const Arguments& arguments, std::vector<engine::QuerySeed> seeds) {
  constexpr std::size_t kExpandedBy = 10;  // where --alpha is given alone
  engine::SearchRequest request;
  request.seeds = std::move(seeds);
  request.modalities = arguments.modalities.weights();
  request.feedback = arguments.feedback;
  request.alpha = arguments.alpha;
  if (request.alpha && request.feedback == 0) request.feedback = kExpandedBy;
  request.index = arguments.index;
  request.without_hubs = arguments.without_hubs;
  request.filter = arguments.choice.track_filter();
  request.rerank = arguments.choice.settings();
  request.rerank.count = arguments.count;
  request.rerank.diversity = arguments.rerank == "mmr" ? arguments.diversity : 0;
  return request;
}

int query(const Arguments& arguments, const std::stop_token& stop) {
  const engine::Searcher searcher(arguments.catalog);
  if (searcher.is_stale()) {
    fmt::print(
        stderr,
        "note: the catalog has changed since its search index was made; `resonance index` updates it\n");
  }
  const engine::SearchRequest request = request_of(arguments, find_seeds(searcher, arguments.seeds, stop));
  const auto results = searcher.search(request);
  if (arguments.format == Format::text) {
    print_text(request.seeds, results);
    return kDone;
  }
  nlohmann::json list = nlohmann::json::array();
  for (const auto& result : results) list.push_back(result_json(result));
  print_json({{"query", query_json(request.seeds)}, {"results", list}});
  return kDone;
}

}  // namespace

void add_query_verb(CLI::App& app, Command& command) {
  CLI::App* verb = app.add_subcommand("query", "Tracks that sound like a file or a track, and why");
  const auto arguments = std::make_shared<Arguments>();
  const auto read_seeds = add_seed_options(*verb, arguments->seeds);
  verb->add_option("--topk,--top-k,--top_k,-k", arguments->count, "How many")
      ->capture_default_str()
      ->check(CLI::Range(1, 100'000))
      ->option_text("K");
  add_modality_options(*verb, arguments->modalities);
  verb->add_option("--prf", arguments->feedback,
                   "Pseudo-relevance feedback: the first N results pull the query towards them")
      ->capture_default_str()
      ->check(CLI::Range(0, 1000))
      ->option_text("N");
  verb->add_option(
          "--alpha", arguments->alpha,
          "Alpha query expansion: the same, results counting by similarity^A (10 of them unless --prf "
          "says otherwise); 3 is usual")
      ->check(CLI::Range(0.0, 100.0))
      ->option_text("A");
  verb->add_option("--rerank", arguments->rerank, "mmr: maximal marginal relevance, for a varied list")
      ->capture_default_str()
      ->check(CLI::IsMember({"none", "mmr"}))
      ->option_text("none|mmr");
  verb->add_option(with_alias("--lambda-div"), arguments->diversity,
                   "With --rerank mmr, weight of diversity: 0 similarity only, 1 diversity only")
      ->capture_default_str()
      ->check(CLI::Range(0.0, 1.0))
      ->option_text("D");
  verb->add_flag(with_alias("--no-hubs"), arguments->without_hubs,
                 "Rank by mutual proximity: tracks that are near to everything stand back");
  verb->add_option("--nprobe", arguments->index.nprobe,
                   "Inverted lists that are looked into, where the index has some (`doctor` says what it is)")
      ->check(CLI::Range(1, 1 << 24))
      ->option_text("N");
  verb->add_option(with_alias("--ef-search"), arguments->index.ef_search,
                   "Candidates of a walk, where the index is a graph")
      ->check(CLI::Range(1, 1 << 24))
      ->option_text("N");
  verb->add_option(with_alias("--k-factor"), arguments->index.k_factor,
                   "Candidates scored again exactly, as a multiple of K, where the index is approximate")
      ->check(CLI::Range(1.0, 10'000.0))
      ->option_text("F");
  add_choice_options(*verb, arguments->choice);
  add_catalog_option(*verb, arguments->catalog);
  add_format_option(*verb, arguments->format);
  verb->callback([arguments, read_seeds, &command] {
    read_seeds();
    command = [arguments](const std::stop_token& stop) { return query(*arguments, stop); };
  });
}

}  // namespace resonance::cli
