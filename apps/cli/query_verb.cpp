#include "resonance/core/clock_time.h"
#include "resonance/core/error.h"
#include "resonance/engine/searcher.h"
#include "resonance/engine/segment_search.h"

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
  std::string granularity = "tracks";
  std::optional<std::string> at;
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

/// @param result  a QueryResult or a PassageResult
template <typename Result>
nlohmann::json result_json(const Result& result) {
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

nlohmann::json passage_json(const engine::Passage& passage) {
  return {{"start_s", passage.start_s}, {"end_s", passage.end_s}};
}

std::string passage_text(const engine::Passage& passage) {
  return clock_time(passage.start_s) + "-" + clock_time(passage.end_s);
}

/// @param result  a QueryResult or a PassageResult
template <typename Result>
void print_result(const Result& result, const std::string& passages) {
  fmt::print("{:3}. {:5.3f}  {}\n", result.rank, result.score,
             display_name(result.track.tags, result.track.path));
  if (!passages.empty()) fmt::print("            {}\n", passages);
  fmt::print("            timbre {:.2f}  harmony {:.2f}  rhythm {:.2f}{}{}\n", result.modalities.timbre,
             result.modalities.harmony, result.modalities.rhythm, result.why.empty() ? "" : "   ",
             printable(fmt::format("{}", fmt::join(result.why, ", "))));
  fmt::print("            {}\n", printable(result.track.path));
}

void print_seeds(const std::vector<engine::QuerySeed>& seeds) {
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
}

void print_text(const std::vector<engine::QuerySeed>& seeds,
                const std::vector<engine::QueryResult>& results) {
  print_seeds(seeds);
  if (results.empty()) fmt::print("Nothing in the catalog passes.\n");
  for (const auto& result : results) print_result(result, {});
}

/// The seeds as a search for tracks has them, for what is said of them.
std::vector<engine::QuerySeed> seeds_of(const engine::PassageRequest& request) {
  std::vector<engine::QuerySeed> seeds;
  for (const engine::PassageSource& seed : request.seeds) seeds.push_back({seed.source});
  return seeds;
}

void print_text(const engine::PassageRequest& request, const std::vector<engine::PassageResult>& results) {
  print_seeds(seeds_of(request));
  if (results.empty()) fmt::print("Nothing in the catalog passes.\n");
  for (const auto& result : results) {
    const engine::QuerySource& seed = request.seeds[result.seed].source;
    const std::string name =
        request.seeds.size() == 1 ? "the seed" : display_name(seed.facts.tags, seed.path);
    print_result(result, fmt::format("{} of {} sounds like {}", passage_text(result.of_seed), name,
                                     passage_text(result.found)));
  }
}

nlohmann::json result_json(const engine::PassageRequest& request, const engine::PassageResult& result) {
  nlohmann::json one = result_json(result);
  one["seed_passage"] = passage_json(result.of_seed);
  one["passage"] = passage_json(result.found);
  if (request.seeds.size() > 1) one["seed"] = request.seeds[result.seed].source.path;
  return one;
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

/// What asks for more than pairs of passages can say.
void refuse_what_tracks_have(const Arguments& arguments) {
  const auto refuse = [](bool given, const char* option) {
    if (given) {
      throw Error(ErrorCode::invalid_argument,
                  std::string("--granularity segments compares passages one by one, and ") + option +
                      " has no meaning there: leave one of the two out");
    }
  };
  refuse(arguments.feedback > 0, "--prf");
  refuse(arguments.alpha.has_value(), "--alpha");
  refuse(arguments.rerank == "mmr", "--rerank mmr");
  refuse(arguments.without_hubs, "--no-hubs");
  for (const SeedArgument& seed : arguments.seeds) {
    refuse(seed.kind == SeedArgument::Kind::minus, "--minus");
    refuse(seed.weight != 1, "--weight");
  }
}

/// The moment of --at. @throws Error(invalid_argument)
std::optional<double> moment_of(const Arguments& arguments) {
  if (!arguments.at) return std::nullopt;
  if (arguments.granularity != "segments") {
    throw Error(ErrorCode::invalid_argument, "--at asks for a passage: add --granularity segments");
  }
  if (arguments.seeds.size() > 1) {
    throw Error(ErrorCode::invalid_argument, "--at is a moment of one seed, and there are several");
  }
  const auto at_s = parse_clock_time(*arguments.at);
  if (!at_s) {
    throw Error(ErrorCode::invalid_argument,
                "--at " + *arguments.at + " is no time; write seconds or m:ss, e.g. 1:30");
  }
  return at_s;
}

engine::PassageRequest passage_request_of(const Arguments& arguments, const engine::SegmentSearcher& searcher,
                                          const std::stop_token& stop) {
  const std::optional<double> at_s = moment_of(arguments);
  engine::PassageRequest request;
  for (const SeedArgument& seed : arguments.seeds) {
    request.seeds.push_back(seed.kind == SeedArgument::Kind::audio ? searcher.audio(seed.name, at_s, stop)
                                                                   : searcher.track(seed.name, at_s));
  }
  request.index = arguments.index;
  request.modalities = arguments.modalities.weights();
  request.filter = arguments.choice.track_filter();
  request.rerank = arguments.choice.settings();
  request.rerank.count = arguments.count;
  return request;
}

int query_passages(const Arguments& arguments, const engine::Searcher& tracks, const std::stop_token& stop) {
  refuse_what_tracks_have(arguments);
  const engine::SegmentSearcher searcher(tracks);
  if (const std::size_t missing = searcher.tracks_without(); missing > 0) {
    fmt::print(stderr,
               "note: {} of {} tracks have no segments yet; `resonance index --segments` with their folders "
               "adds them\n",
               missing, tracks.size());
  }
  const engine::PassageRequest request = passage_request_of(arguments, searcher, stop);
  const auto results = searcher.search(request);
  if (arguments.format == Format::text) {
    print_text(request, results);
    return kDone;
  }
  nlohmann::json list = nlohmann::json::array();
  for (const auto& result : results) list.push_back(result_json(request, result));
  print_json({{"query", query_json(seeds_of(request))}, {"results", list}});
  return kDone;
}

int query(const Arguments& arguments, const std::stop_token& stop) {
  const engine::Searcher searcher(arguments.catalog);
  if (searcher.is_stale()) {
    fmt::print(
        stderr,
        "note: the catalog has changed since its search index was made; `resonance index` updates it\n");
  }
  if (arguments.granularity == "segments") return query_passages(arguments, searcher, stop);
  (void)moment_of(arguments);
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
  verb->add_option("--granularity", arguments->granularity,
                   "segments: where in it; tracks by the 18 s that are most like some of the seed's, in a "
                   "catalog of `index --segments`")
      ->capture_default_str()
      ->check(CLI::IsMember({"tracks", "segments"}))
      ->option_text("tracks|segments");
  verb->add_option("--at", arguments->at,
                   "With --granularity segments, a moment of the seed: the 18 s around it, not any")
      ->option_text("TIME");
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
