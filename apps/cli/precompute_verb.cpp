#include "resonance/engine/precompute.h"

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
  std::vector<std::string> folders;
  std::string cache = "cache/features";
  std::vector<std::string> teachers;
  std::string teacher_folder;
  unsigned jobs = 0;
  bool quiet = false;
  Format format = Format::text;
};

int precompute(const Arguments& arguments, const std::stop_token& stop) {
  engine::PrecomputeReport report;
  {
    ProgressDisplay display(arguments.quiet);
    const engine::TeacherRequest teachers{.models = {arguments.teachers.begin(), arguments.teachers.end()},
                                          .folder = arguments.teacher_folder.empty()
                                                        ? arguments.cache + "/teachers"
                                                        : arguments.teacher_folder};
    report = engine::precompute({arguments.folders.begin(), arguments.folders.end()}, arguments.cache,
                                teachers, arguments.jobs, display.callback(), stop);
  }
  if (arguments.format == Format::json) {
    print_json({{"computed", report.computed},
                {"present", report.present},
                {"taught", report.taught},
                {"failed", failures_json(report.failed)},
                {"cancelled", report.cancelled},
                {"audio_s", report.audio_s},
                {"elapsed_s", report.elapsed_s},
                {"cache_bytes", report.cache_bytes}});
  } else {
    fmt::print("{} computed, {} already there, {} failed; {} holds {:.1f} MiB\n", report.computed,
               report.present, report.failed.size(), printable(arguments.cache),
               static_cast<double>(report.cache_bytes) / 1048576);
    if (!arguments.teachers.empty()) fmt::print("{} heard by the teachers\n", report.taught);
    print_failures(report.failed);
    if (report.cancelled) fmt::print("Stopped. What is done is kept; run the same command again to go on.\n");
  }
  if (report.cancelled) return kStopped;
  return report.failed.empty() ? kDone : kSomeItemsFailed;
}

}  // namespace

void add_precompute_verb(CLI::App& app, Command& command) {
  CLI::App* verb =
      app.add_subcommand("precompute", "Put the features of recordings into the cache, for training");
  const auto arguments = std::make_shared<Arguments>();
  verb->add_option("folders", arguments->folders, "Folders (or files)")->required()->option_text("DIR...");
  verb->add_option(with_alias("--cache-dir"), arguments->cache, "Folder of the cache")
      ->capture_default_str()
      ->option_text("DIR");
  verb->add_option("--teacher", arguments->teachers,
                   "Models that hear audio; what they say is kept for training, a file a recording")
      ->option_text("FILE.onnx...");
  verb->add_option(with_alias("--teacher-dir"), arguments->teacher_folder,
                   "Folder for that; default: CACHE/teachers")
      ->option_text("DIR");
  add_batch_options(*verb, arguments->jobs, arguments->quiet);
  add_format_option(*verb, arguments->format);
  verb->callback([arguments, &command] {
    command = [arguments](const std::stop_token& stop) { return precompute(*arguments, stop); };
  });
}

}  // namespace resonance::cli
