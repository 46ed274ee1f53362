#include "resonance/engine/exports.h"

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
  std::vector<std::string> files;
  std::string out;
  std::string catalog;
  ModelOption model;
  unsigned jobs = 0;
  bool quiet = false;
  Format format = Format::text;
};

int embed(const Arguments& arguments, const std::stop_token& stop) {
  std::optional<std::filesystem::path> catalog;
  if (!arguments.catalog.empty()) catalog = arguments.catalog;
  engine::EmbedReport report;
  {
    ProgressDisplay display(arguments.quiet);
    report = engine::embed_files({arguments.files.begin(), arguments.files.end()}, arguments.out, catalog,
                                 arguments.model.file(), arguments.jobs, display.callback(), stop);
  }
  if (report.cancelled) return kStopped;
  if (arguments.format == Format::json) {
    print_json(
        {{"embedded", report.embedded}, {"failed", failures_json(report.failed)}, {"out", arguments.out}});
  } else {
    fmt::print("{} of {} files embedded into {}\n", report.embedded, arguments.files.size(),
               printable(arguments.out));
    print_failures(report.failed);
  }
  return report.failed.empty() ? kDone : kSomeItemsFailed;
}

}  // namespace

void add_embed_verb(CLI::App& app, Command& command) {
  CLI::App* verb = app.add_subcommand("embed", "Write embeddings of files as NumPy arrays, a row per file");
  const auto arguments = std::make_shared<Arguments>();
  verb->add_option("paths", arguments->files, "Files, in the order of the rows")
      ->required()
      ->option_text("PATH...");
  add_model_option(*verb, arguments->model);
  verb->add_option("--out", arguments->out,
                   "Folder for embeddings.npy, timbre.npy, harmony.npy, rhythm.npy, tracks.json")
      ->required()
      ->option_text("DIR");
  verb->add_option(
          "--catalog,--index-dir,--index_dir", arguments->catalog,
          "Embed into the space of this catalog; without, the projection is fitted on the files given")
      ->option_text("DIR");
  add_batch_options(*verb, arguments->jobs, arguments->quiet);
  add_format_option(*verb, arguments->format);
  verb->callback([arguments, &command] {
    command = [arguments](const std::stop_token& stop) { return embed(*arguments, stop); };
  });
}

}  // namespace resonance::cli
