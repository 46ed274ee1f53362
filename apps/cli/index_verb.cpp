#include "resonance/core/error.h"
#include "resonance/engine/indexer.h"

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "console.h"
#include "progress_display.h"
#include "verbs.h"

namespace resonance::cli {
namespace {

struct Arguments {
  std::vector<std::string> folders;
  std::string catalog = "catalog";
  std::string cache = "cache/features";
  ModelOption model;
  unsigned jobs = 0;
  bool retry_failed = false;
  bool accept_empty = false;
  bool segments = false;
  bool no_segments = false;
  bool rebuild = false;
  std::optional<std::string> index;
  std::optional<std::string> factory;
  std::optional<double> recall;
  bool quiet = false;
  Format format = Format::text;
};

nlohmann::json report_json(const engine::IndexReport& report) {
  return {{"tracks", report.tracks},
          {"analysed", report.analysed},
          {"reused", report.reused},
          {"unchanged", report.unchanged},
          {"segmented", report.segmented},
          {"moved", report.moved},
          {"retagged", report.retagged},
          {"removed", report.removed},
          {"failed", failures_json(report.failed)},
          {"warnings", failures_json(report.warnings)},
          {"cancelled", report.cancelled},
          {"audio_s", report.audio_s},
          {"elapsed_s", report.elapsed_s}};
}

void print_text(const engine::IndexReport& report, const std::string& catalog) {
  fmt::print("{} tracks in {}: {} analysed, {} unchanged", report.tracks, printable(catalog), report.analysed,
             report.unchanged);
  const auto add = [](std::size_t count, std::string_view word) {
    if (count > 0) fmt::print(", {} {}", count, word);
  };
  add(report.reused, "reused");
  add(report.segmented, "of those got their segments");
  add(report.moved, "moved");
  add(report.retagged, "retagged");
  add(report.removed, "removed");
  add(report.warnings.size(), "damaged but usable");
  add(report.failed.size(), "failed");
  fmt::print("\n");
  if (report.audio_s > 0 && report.elapsed_s > 0) {
    fmt::print("{:.1f} minutes of music in {:.1f} s ({:.0f} x real time)\n", report.audio_s / 60,
               report.elapsed_s, report.audio_s / report.elapsed_s);
  }
  print_failures(report.failed);
  if (report.cancelled) fmt::print("Stopped. What is done is kept; run the same command again to go on.\n");
}

/// Nothing if nothing is said: then the index stays what it was asked to be.
std::optional<engine::IndexRequest> request_of(const Arguments& arguments) {
  if (arguments.factory) return engine::index_factory_request(*arguments.factory);
  if (!arguments.index && !arguments.recall) return std::nullopt;
  return engine::index_request_of(arguments.index.value_or("auto"),
                                  arguments.recall.value_or(engine::IndexRequest{}.recall));
}

int index(const Arguments& arguments, const std::stop_token& stop) {
  engine::IndexOptions options;
  options.index = request_of(arguments);
  if (arguments.folders.empty() && !arguments.rebuild) {
    throw Error(ErrorCode::invalid_argument, "index needs a folder: resonance index DIR...");
  }
  options.catalog_directory = arguments.catalog;
  options.cache_directory = arguments.cache;
  options.jobs = arguments.jobs;
  options.model = arguments.model.file();
  options.retry_failed = arguments.retry_failed;
  options.accept_empty = arguments.accept_empty;
  if (arguments.segments || arguments.no_segments) options.segments = arguments.segments;
  options.rebuild = arguments.rebuild;
  engine::IndexReport report;
  {
    ProgressDisplay display(arguments.quiet);
    report = engine::index_library({arguments.folders.begin(), arguments.folders.end()}, options,
                                   display.callback(), stop);
  }
  if (arguments.format == Format::json) {
    print_json(report_json(report));
  } else {
    print_text(report, arguments.catalog);
  }
  if (report.cancelled) return kStopped;
  return report.failed.empty() ? kDone : kSomeItemsFailed;
}

}  // namespace

void add_index_verb(CLI::App& app, Command& command) {
  CLI::App* verb = app.add_subcommand("index", "Analyse what is new or changed and update the catalog");
  const auto arguments = std::make_shared<Arguments>();
  verb->add_option("folders", arguments->folders, "Folders (or files) to index")->option_text("DIR...");
  add_catalog_option(*verb, arguments->catalog);
  verb->add_option(with_alias("--cache-dir"), arguments->cache,
                   "Feature cache to use where it holds a recording")
      ->capture_default_str()
      ->option_text("DIR");
  add_model_option(*verb, arguments->model);
  verb->add_flag(with_alias("--retry-failed"), arguments->retry_failed, "Try files again that failed before");
  verb->add_flag(
      with_alias("--accept-empty"), arguments->accept_empty,
      "Remove the tracks of a folder that holds no audio file any more; without it they are kept, in "
      "case a disk is not mounted");
  verb->add_flag("--rebuild", arguments->rebuild, "Make the search index anew; needs no audio and no folder");
  CLI::Option* keep = verb->add_flag("--segments", arguments->segments,
                                     "From now on keep what each 18 s of a track sound like too, for `query "
                                     "--granularity segments`: some 7 MB an hour "
                                     "of music");
  verb->add_flag(with_alias("--no-segments"), arguments->no_segments,
                 "Forget them, and keep none from now on")
      ->excludes(keep);
  std::string kinds;
  for (const engine::IndexPreset& preset : engine::index_presets()) {
    kinds += fmt::format("; {}: {}", preset.name, preset.meaning);
  }
  CLI::Option* kind =
      verb->add_option(
              "--index", arguments->index,
              "What finds neighbours from now on. auto: the cheapest that reaches --recall, measured "
              "on this library; exact" +
                  kinds)
          ->option_text("auto|exact|PRESET");
  verb->add_option(with_alias("--index-factory"), arguments->factory,
                   "The same by a FAISS factory string, e.g. IVF1024,PQ128x4fs,RFlat")
      ->excludes(kind)
      ->option_text("STRING");
  verb->add_option("--recall", arguments->recall,
                   "For --index auto: share of the exact ten best that must be found (0.99)")
      ->check(CLI::Range(0.0, 1.0))
      ->option_text("R");
  add_batch_options(*verb, arguments->jobs, arguments->quiet);
  add_format_option(*verb, arguments->format);
  verb->callback([arguments, &command] {
    command = [arguments](const std::stop_token& stop) { return index(*arguments, stop); };
  });
}

}  // namespace resonance::cli
