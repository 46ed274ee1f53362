#include "resonance/core/error.h"
#include "resonance/engine/tag_plan.h"
#include "resonance/engine/tag_writer.h"

#include <algorithm>
#include <cctype>
#include <cstdio>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "console.h"
#include "progress_display.h"
#include "search_options.h"
#include "verbs.h"

namespace resonance::cli {
namespace {

struct Arguments {
  std::vector<std::string> tracks;
  std::string catalog = "catalog";
  bool genre = false;
  bool mood = false;
  bool style = false;
  bool bpm = false;
  bool key = false;
  bool all = false;
  ChoiceArguments choice;
  double min_confidence = 0.8;
  bool overwrite = false;
  bool write = false;
  bool dry_run = false;
  bool undo = false;
  unsigned jobs = 0;
  bool quiet = false;
  Format format = Format::text;
};

/// As people say it: "GENRE" is "genre", "INITIALKEY" is "key".
std::string spoken(std::string_view field) {
  if (field == engine::kKeyField) return "key";
  std::string name(field);
  std::transform(name.begin(), name.end(), name.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return name;
}

engine::TagRequest request_of(const Arguments& arguments) {
  engine::TagRequest request;
  request.tracks = arguments.tracks;
  request.filter = arguments.choice.track_filter();
  request.min_confidence = arguments.min_confidence;
  request.overwrite = arguments.overwrite;
  request.jobs = arguments.jobs;
  std::set<std::string_view> fields;
  if (arguments.genre || arguments.all) fields.insert(engine::kGenreField);
  if (arguments.mood || arguments.all) fields.insert(engine::kMoodField);
  if (arguments.style || arguments.all) fields.insert(engine::kStyleField);
  if (arguments.bpm || arguments.all) fields.insert(engine::kTempoField);
  if (arguments.key || arguments.all) fields.insert(engine::kKeyField);
  if (!fields.empty()) request.fields = std::move(fields);
  return request;
}

nlohmann::json proposal_json(const engine::TrackProposal& proposal) {
  nlohmann::json tags = nlohmann::json::object();
  for (const auto& [name, field] : proposal.fields) {
    nlohmann::json suggestions = nlohmann::json::array();
    for (const auto& suggestion : field.suggestions) {
      suggestions.push_back(
          {{"value", suggestion.label}, {"score", suggestion.score}, {"confidence", suggestion.confidence}});
    }
    tags[spoken(name)] = {
        {"present", field.present}, {"suggestions", suggestions}, {"write", field.accepted}};
  }
  return {{"id", proposal.track.id},
          {"path", proposal.track.path},
          {"title", proposal.track.tags.title},
          {"artist", proposal.track.tags.artist},
          {"tags", tags}};
}

void print_proposal(const engine::TrackProposal& proposal) {
  fmt::print("{}\n  {}\n", display_name(proposal.track.tags, proposal.track.path),
             printable(proposal.track.path));
  for (const auto& [name, field] : proposal.fields) {
    std::vector<std::string> suggestions;
    for (const auto& suggestion : field.suggestions) {
      suggestions.push_back(fmt::format("{} ({:.2f})", printable(suggestion.label), suggestion.confidence));
    }
    fmt::print(
        "  {:6}{}{}{}\n", spoken(name),
        suggestions.empty() ? "no suggestion" : fmt::format("{}", fmt::join(suggestions, ", ")),
        field.present.empty() ? "" : printable(fmt::format("   has: {}", fmt::join(field.present, "; "))),
        field.accepted.empty() ? ""
                               : printable(fmt::format("   to write: {}", fmt::join(field.accepted, "; "))));
  }
}

void print_notes(const engine::TagPlan& plan) {
  for (const auto& [name, count] : plan.labelled) {
    if (count > 0) continue;
    fmt::print(stderr, "note: no track of the catalog has a {} tag to learn from\n", spoken(name));
  }
}

int suggest(const Arguments& arguments, const std::stop_token& stop) {
  const engine::TagRequest request = request_of(arguments);
  engine::TagPlan plan;
  engine::TagWriteReport report;
  {
    ProgressDisplay display(arguments.quiet);
    plan = engine::plan_tags(arguments.catalog, request, display.callback(), stop);
    if (arguments.write && !arguments.dry_run) {
      report = engine::write_tags(arguments.catalog, plan, arguments.overwrite, display.callback(), stop);
    }
  }
  print_notes(plan);
  std::vector<engine::FailedItem> failed = std::move(plan.failed);
  failed.insert(failed.end(), report.failed.begin(), report.failed.end());
  const bool wrote = arguments.write && !arguments.dry_run;
  const auto to_write = std::count_if(plan.tracks.begin(), plan.tracks.end(),
                                      [](const auto& track) { return track.changes_something(); });
  if (arguments.format == Format::json) {
    nlohmann::json tracks = nlohmann::json::array();
    for (const auto& proposal : plan.tracks) tracks.push_back(proposal_json(proposal));
    print_json({{"tracks", tracks},
                {"to_write", to_write},
                {"written", report.written},
                {"dry_run", !wrote},
                {"failed", failures_json(failed)}});
  } else {
    for (const auto& proposal : plan.tracks) {
      // Of a whole library, what there is to do; of named tracks, everything.
      if (!arguments.tracks.empty() || proposal.changes_something()) print_proposal(proposal);
    }
    if (wrote) {
      fmt::print(
          "{} of {} files written; `resonance index` takes note, `resonance tag --undo` takes it back\n",
          report.written.size(), to_write);
    } else {
      fmt::print("{} of {} files would be written: --write writes them\n", to_write, plan.tracks.size());
    }
    print_failures(failed);
  }
  if (report.cancelled) return kStopped;
  return failed.empty() ? kDone : kSomeItemsFailed;
}

int undo(const Arguments& arguments, const std::stop_token& stop) {
  if (arguments.write || !arguments.tracks.empty() || !arguments.choice.filters.empty()) {
    throw Error(ErrorCode::invalid_argument,
                "--undo takes back the last run as a whole: no tracks, --filter or --write with it");
  }
  engine::TagUndoReport report;
  {
    ProgressDisplay display(arguments.quiet);
    report =
        engine::undo_tags(arguments.catalog, {.dry_run = arguments.dry_run, .overwrite = arguments.overwrite},
                          display.callback(), stop);
  }
  if (arguments.format == Format::json) {
    nlohmann::json files = nlohmann::json::array();
    for (const auto& file : report.undone) {
      nlohmann::json tags = nlohmann::json::object();
      for (const auto& [name, values] : file.fields) tags[spoken(name)] = values;
      files.push_back({{"path", file.path}, {"tags", tags}});
    }
    print_json({{"restored", files},
                {"unchanged", report.unchanged},
                {"dry_run", arguments.dry_run},
                {"failed", failures_json(report.failed)}});
  } else {
    for (const auto& file : report.undone) {
      fmt::print("{}\n", printable(file.path));
      for (const auto& [name, values] : file.fields) {
        fmt::print("  {:6}{}\n", spoken(name),
                   values.empty() ? "removed" : printable(fmt::format("{}", fmt::join(values, "; "))));
      }
    }
    fmt::print("{} files {}restored\n", report.undone.size(), arguments.dry_run ? "would be " : "");
    print_failures(report.failed);
  }
  if (report.cancelled) return kStopped;
  return report.failed.empty() ? kDone : kSomeItemsFailed;
}

}  // namespace

void add_tag_verb(CLI::App& app, Command& command) {
  CLI::App* verb = app.add_subcommand(
      "tag",
      "Suggests genre, mood, style, tempo and key for your tracks, and writes them into the files if asked");
  const auto arguments = std::make_shared<Arguments>();
  verb->add_option("tracks", arguments->tracks, "Tracks of the catalog; all of them unless any is named")
      ->option_text("PATH-or-ID...");
  verb->add_flag("--genre", arguments->genre, "Which tags; without any of these: genre, tempo and key");
  verb->add_flag("--mood", arguments->mood);
  verb->add_flag("--style", arguments->style);
  verb->add_flag("--bpm", arguments->bpm);
  verb->add_flag("--key", arguments->key);
  verb->add_flag("--all", arguments->all, "All five");
  add_filter_option(*verb, arguments->choice.filters);
  verb->add_option(with_alias("--min-confidence"), arguments->min_confidence,
                   "What would be written: what is right in this share of the cases")
      ->capture_default_str()
      ->check(CLI::Range(0.0, 1.0))
      ->option_text("C");
  verb->add_flag("--overwrite", arguments->overwrite, "Also where the file has such a tag already");
  verb->add_flag("--write", arguments->write, "Write into the files; what was there is kept for --undo");
  verb->add_flag(with_alias("--dry-run"), arguments->dry_run,
                 "Only show what would be done; so it is without --write");
  verb->add_flag("--undo", arguments->undo, "Take back the last --write that was not taken back");
  add_catalog_option(*verb, arguments->catalog);
  add_batch_options(*verb, arguments->jobs, arguments->quiet);
  add_format_option(*verb, arguments->format);
  verb->callback([arguments, &command] {
    command = [arguments](const std::stop_token& stop) {
      return arguments->undo ? undo(*arguments, stop) : suggest(*arguments, stop);
    };
  });
}

}  // namespace resonance::cli
