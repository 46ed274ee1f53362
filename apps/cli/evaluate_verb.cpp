#include "resonance/core/atomic_file.h"
#include "resonance/core/error.h"
#include "resonance/engine/evaluate.h"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "console.h"
#include "progress_display.h"
#include "verbs.h"

namespace resonance::cli {
namespace {

struct Arguments {
  engine::EvaluateRequest request;
  std::string manifest;
  bool self = false;
  std::vector<std::string> models;
  engine::Backend backend = engine::Backend::automatic;
  std::vector<std::string> embeddings;
  std::vector<std::string> distances;
  std::vector<std::string> sums;
  std::vector<std::string> within;
  std::vector<std::string> pairs;  // two by two
  std::string rerank = "none";
  std::string cache = "cache/features";
  std::string catalog = "catalog";
  std::string out;
  bool quiet = false;
  Format format = Format::text;
};

/// NAME=REST; the name is empty if there is none.
std::pair<std::string, std::string> named(const std::string& text) {
  const std::size_t equals = text.find('=');
  if (equals == std::string::npos) return {"", text};
  return {text.substr(0, equals), text.substr(equals + 1)};
}

std::vector<engine::NamedFile> named_arrays(const std::vector<std::string>& texts, const char* option) {
  std::vector<engine::NamedFile> files;
  for (const std::string& text : texts) {
    const auto [name, file] = named(text);
    if (name.empty() || file.empty()) {
      throw Error(ErrorCode::invalid_argument,
                  std::string(option) + " takes NAME=FILE.npy, not \"" + text + "\"");
    }
    files.push_back({name, file});
  }
  return files;
}

engine::SumRequest sum_of(const std::string& text) {
  const auto [name, parts] = named(text);
  const std::size_t plus = parts.find('+');
  if (plus == std::string::npos || plus == 0 || plus + 1 == parts.size()) {
    throw Error(ErrorCode::invalid_argument, "--sum takes A+B or NAME=A+B, not \"" + text + "\"");
  }
  return {name.empty() ? parts : name, parts.substr(0, plus), parts.substr(plus + 1)};
}

engine::EvaluateRequest request_of(const Arguments& arguments) {
  engine::EvaluateRequest request = arguments.request;
  if (arguments.self == !arguments.manifest.empty()) {
    throw Error(ErrorCode::invalid_argument, "evaluate takes either --manifest FILE.csv or --self");
  }
  if (!arguments.self) request.manifest = arguments.manifest;
  request.catalog = arguments.catalog;
  request.cache = arguments.cache;
  for (const std::string& model : arguments.models) {
    const auto [name, file] = named(model);
    request.models.push_back({name, engine::model_file(file, arguments.backend)});
  }
  request.embeddings = named_arrays(arguments.embeddings, "--embeddings");
  request.distances = named_arrays(arguments.distances, "--distances");
  for (const std::string& sum : arguments.sums) request.sums.push_back(sum_of(sum));
  for (const std::string& rule : arguments.within) {
    const auto [label, column] = named(rule);
    request.within.push_back({label, column});
  }
  for (std::size_t i = 0; i + 1 < arguments.pairs.size(); i += 2) {
    request.pairs.push_back({arguments.pairs[i], arguments.pairs[i + 1]});
  }
  request.diverse = arguments.rerank == "mmr";
  request.same_track.wanted =
      request.same_track.wanted || arguments.self || !request.same_track.encodings.empty();
  return request;
}

std::string share(double value) {
  const std::string text = fmt::format("{:.3f}", value);
  if (text.starts_with("0.")) return text.substr(1);
  return text.starts_with("-0.") ? "-" + text.substr(2) : text;
}

std::string short_share(double value) {
  const std::string text = fmt::format("{:.2f}", value);
  if (text.starts_with("0.")) return text.substr(1);
  return text.starts_with("-0.") ? "-" + text.substr(2) : text;
}

void print_metrics(const std::string& name, std::size_t width, const engine::MetricIntervals& metrics,
                   const std::string& more) {
  fmt::print("  {:{}}", printable(name), width);
  for (const evaluation::Interval& interval : metrics) fmt::print(" {:>11}", share(interval.mean));
  fmt::print("{}\n  {:{}}", more, "", width);
  for (const evaluation::Interval& interval : metrics) {
    fmt::print(" {:>11}", "[" + short_share(interval.low) + "," + short_share(interval.high) + "]");
  }
  fmt::print("\n");
}

void print_table(const engine::EvaluationTable& table) {
  fmt::print("{}{}{}{}: {} queries, {:.0f} candidates each, {:.1f} of them right\n", printable(table.task),
             table.encoding.empty() ? "" : " asked for as " + printable(table.encoding),
             table.within.empty() ? "" : " within " + printable(table.within),
             table.artist_filter ? ", artist filter" : "", table.queries, table.candidates, table.relevant);
  std::size_t width = 8;
  bool diversity = false;
  for (const engine::EvaluationRow& row : table.rows) {
    width = std::max(width, row.name.size());
    diversity = diversity || row.diversity;
  }
  for (const auto& difference : table.differences) {
    width = std::max(width, difference.second.size() + difference.first.size() + 3);
  }
  fmt::print("  {:{}}", "", width);
  for (std::size_t m = 0; m < evaluation::kMetrics; ++m) {
    fmt::print(" {:>11}", evaluation::name_of(static_cast<evaluation::Metric>(m)));
  }
  fmt::print("{}\n", diversity ? "   diversity" : "");
  for (const engine::EvaluationRow& row : table.rows) {
    print_metrics(row.name, width, row.metrics,
                  row.diversity ? fmt::format("   {:>9}", share(*row.diversity)) : "");
  }
  for (const auto& difference : table.differences) {
    print_metrics(difference.second + " - " + difference.first, width, difference.metrics, "");
  }
  fmt::print("\n");
}

void print_report(const engine::EvaluateReport& report) {
  for (const engine::EvaluationTable& table : report.tables) print_table(table);
  for (const std::string& note : report.notes) fmt::print("note: {}\n", printable(note));
  fmt::print("{} of {} recordings; below each figure its 95 % bootstrap interval\n", report.used,
             report.files);
  print_failures(report.failed);
}

int evaluate(const Arguments& arguments, const std::stop_token& stop) {
  const engine::EvaluateRequest request = request_of(arguments);
  engine::EvaluateReport report;
  {
    ProgressDisplay display(arguments.quiet);
    report = engine::evaluate(request, display.callback(), stop);
  }
  if (report.cancelled) return kStopped;
  const std::string json = engine::evaluation_json(report);
  if (!arguments.out.empty()) {
    const std::filesystem::path folder = std::filesystem::path(arguments.out).parent_path();
    std::error_code problem;
    if (!folder.empty()) std::filesystem::create_directories(folder, problem);
    if (problem) throw system_error(problem.value(), "cannot make folder " + folder.string());
    AtomicFile file(arguments.out);
    file.write(json);
    file.commit();
  }
  if (arguments.format == Format::json) {
    fmt::print("{}", json);
  } else {
    print_report(report);
  }
  return report.failed.empty() ? kDone : kSomeItemsFailed;
}

void add_contenders(CLI::App& verb, Arguments& arguments) {
  verb.add_option("--model,--load", arguments.models,
                  "statistics, a model's FILE.onnx (ours, or any that hears audio), a checkpoint, or a "
                  "FOLDER with one; "
                  "NAME=... to give it a name")
      ->option_text("MODEL...");
  add_backend_option(verb, arguments.backend);
  verb.add_option("--embeddings", arguments.embeddings,
                  "Vectors made elsewhere, a row per row of the manifest; their mean is subtracted")
      ->option_text("NAME=FILE.npy...");
  verb.add_option("--distances", arguments.distances, "Distances of each two, made elsewhere")
      ->option_text("NAME=FILE.npy...");
  verb.add_option("--sum", arguments.sums, "The sum of two of them")->option_text("[NAME=]A+B...");
  verb.add_option("--part", arguments.request.parts, "Of our models: fused, timbre, harmony, rhythm")
      ->capture_default_str()
      ->option_text("PART...");
}

void add_tasks(CLI::App& verb, Arguments& arguments) {
  engine::EvaluateRequest& request = arguments.request;
  verb.add_option("--by", request.by,
                  "Columns whose labels belong together; without, those of artist, album, genre, style, work "
                  "that there "
                  "are")
      ->option_text("COLUMN...");
  verb.add_option("--within", arguments.within,
                  "Candidates are those with the query's value in COLUMN (of one label: LABEL=COLUMN)")
      ->option_text("[LABEL=]COLUMN...");
  verb.add_option(
          with_alias("--artist-column"), request.artist_column,
          "For the artist filter; keys separated by |. Without, artist_filter_keys, artist_key or artist")
      ->option_text("COLUMN");
  verb.add_flag(with_alias("--same-track"), request.same_track.wanted,
                "One segment is asked for; the other segments of its track are right");
  verb.add_option(
          "--encode", request.same_track.encodings,
          "Same track with the query encoded otherwise: mp3:64, opus:32, aac:96, vorbis:64, lowpass:8000, "
          "gain:-9, joined by + (needs the program ffmpeg)")
      ->option_text("ENCODING...");
  verb.add_option(with_alias("--segment-seconds"), request.same_track.segment_s, "Length of segments")
      ->capture_default_str()
      ->option_text("S");
  verb.add_option(with_alias("--segment-hop"), request.same_track.hop_s,
                  "A segment begins every so many seconds")
      ->capture_default_str()
      ->option_text("S");
  verb.add_option("--overlap", request.same_track.overlap_s,
                  "How much of the query a right segment may share with it, in seconds")
      ->capture_default_str()
      ->option_text("S");
}

void add_variants(CLI::App& verb, Arguments& arguments) {
  engine::EvaluateRequest& request = arguments.request;
  verb.add_option("--prf", request.feedback, "A row with pseudo-relevance feedback by the first N")
      ->check(CLI::Range(0, 1000))
      ->option_text("N");
  verb.add_option("--alpha", request.alpha, "Rows with alpha query expansion, of queries and of the database")
      ->check(CLI::Range(0.0, 100.0))
      ->option_text("A");
  verb.add_option("--rerank", arguments.rerank, "mmr: a row with maximal marginal relevance")
      ->check(CLI::IsMember({"none", "mmr"}))
      ->option_text("none|mmr");
  verb.add_option(with_alias("--lambda-div"), request.diversity, "With --rerank mmr, weight of diversity")
      ->capture_default_str()
      ->check(CLI::Range(0.0, 1.0))
      ->option_text("D");
  verb.add_flag(with_alias("--no-hubs"), request.without_hubs, "A row by mutual proximity");
  verb.add_option("--pair", arguments.pairs, "The difference of two rows, with its interval")
      ->expected(2)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)
      ->option_text("A B");
}

}  // namespace

void add_evaluate_verb(CLI::App& app, Command& command) {
  CLI::App* verb =
      app.add_subcommand("evaluate", "How well models find what belongs together, on labelled music");
  const auto arguments = std::make_shared<Arguments>();
  verb->add_option("--manifest", arguments->manifest, "Recordings: a column file, relative to it, and labels")
      ->option_text("FILE.csv");
  verb->add_flag("--self", arguments->self,
                 "On the catalog's own tracks: same-track retrieval, and their tags");
  add_catalog_option(*verb, arguments->catalog);
  verb->add_option("--limit", arguments->request.catalog_tracks, "With --self, tracks at most; 0 for all")
      ->capture_default_str()
      ->option_text("N");
  add_contenders(*verb, *arguments);
  add_tasks(*verb, *arguments);
  add_variants(*verb, *arguments);
  verb->add_option("--middle", arguments->request.middle_s,
                   "Foreign models hear so many seconds of the middle of recordings three times as long; 0: "
                   "everything")
      ->capture_default_str()
      ->check(CLI::NonNegativeNumber)
      ->option_text("S");
  verb->add_option(with_alias("--cache-dir"), arguments->cache,
                   "Features are taken from here where it has them")
      ->capture_default_str()
      ->option_text("DIR");
  verb->add_option("--out", arguments->out, "Writes the answer as JSON too, e.g. runs/best/metrics.json")
      ->option_text("FILE.json");
  add_batch_options(*verb, arguments->request.jobs, arguments->quiet);
  add_format_option(*verb, arguments->format);
  verb->callback([arguments, &command] {
    command = [arguments](const std::stop_token& stop) { return evaluate(*arguments, stop); };
  });
}

}  // namespace resonance::cli
