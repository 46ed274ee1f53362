#include "resonance/core/error.h"
#include "resonance/engine/library_scan.h"

#include <charconv>
#include <cmath>
#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <unistd.h>

#include "training/data/pack.h"
#include "verbs.h"

namespace resonance::training {
namespace {

struct Arguments {
  std::string cache = "cache/features";
  std::vector<std::string> folders;
  std::vector<std::string> manifests;
  std::vector<std::string> teachers;
  std::vector<std::string> arrays;
  std::string out;
  std::string budget;
};

/// "60M", "512k", "2G" or a plain number of bytes.
std::uint64_t parse_bytes(const std::string& text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  const std::string unit(end, text.data() + text.size());
  const double factor = unit.empty() || unit == "B"  ? 1
                        : unit == "k" || unit == "K" ? 1e3
                        : unit == "M"                ? 1e6
                        : unit == "G"                ? 1e9
                                                     : 0;
  if (error != std::errc() || factor == 0 || !(value > 0) || value * factor > 1e18) {
    throw Error(ErrorCode::invalid_argument, "--budget is \"" + text + "\", and must be a size like 60M");
  }
  return static_cast<std::uint64_t>(std::llround(value * factor));
}

int run_pack(const Arguments& arguments, const std::stop_token& stop) {
  PackOptions options;
  if (arguments.folders.empty() && arguments.manifests.empty()) {
    throw Error(ErrorCode::invalid_argument, "say what to pack: folders of music, or --manifest FILE.csv");
  }
  if (!arguments.folders.empty()) {
    const engine::LibraryScan scan =
        engine::scan_library({arguments.folders.begin(), arguments.folders.end()}, stop);
    for (const engine::UnreadablePlace& place : scan.unreadable) {
      fmt::print(stderr, "left out: {}: {}\n", place.path, place.message);
    }
    for (const engine::ScannedFile& file : scan.files) options.files.emplace_back(file.path);
  }
  options.cache = arguments.cache;
  options.manifests.assign(arguments.manifests.begin(), arguments.manifests.end());
  options.teachers.assign(arguments.teachers.begin(), arguments.teachers.end());
  options.teacher_arrays = arguments.arrays;
  options.out = arguments.out;
  if (!arguments.budget.empty()) options.budget_bytes = parse_bytes(arguments.budget);
  const bool terminal = ::isatty(STDERR_FILENO) == 1;
  const PackReport report = pack(
      options,
      [&](std::size_t done, std::size_t all) {
        if (terminal && (done % 10 == 0 || done == all))
          fmt::print(stderr, "\rpacking {}/{}{}", done, all, done == all ? "\n" : "");
      },
      stop);
  fmt::print("{} tracks ({} with teachers), {:.1f} hours, {:.1f} MB in {}\n", report.tracks,
             report.with_teachers, report.seconds / 3600, static_cast<double>(report.bytes) / 1e6,
             arguments.out);
  if (report.excerpt_seconds > 0)
    fmt::print("excerpts: at most {:.0f} s of a track\n", report.excerpt_seconds);
  for (const PackProblem& problem : report.problems) {
    fmt::print(stderr, "left out: {}: {}\n", problem.path, problem.message);
  }
  return report.problems.empty() ? 0 : 1;
}

}  // namespace

void add_pack_verb(CLI::App& app, Command& command) {
  CLI::App* verb = app.add_subcommand("pack", "Make a feature set, the only input of training");
  const auto arguments = std::make_shared<Arguments>();
  verb->add_option("FOLDER", arguments->folders, "Music whose tags are its labels");
  verb->add_option("--cache-dir,--cache_dir", arguments->cache,
                   "Feature cache, filled by resonance precompute")
      ->capture_default_str();
  verb->add_option("--manifest", arguments->manifests,
                   "CSV with a column \"file\" (relative to the CSV's folder) and any labels; repeatable");
  verb->add_option("--teachers", arguments->teachers,
                   "Folder of teachers' vectors, FILE.npz a track; repeatable");
  verb->add_option("--teacher-array,--teacher_array", arguments->arrays,
                   "Only these arrays of them; repeatable");
  verb->add_option("--out", arguments->out, "Folder of the set")->required();
  verb->add_option("--budget", arguments->budget,
                   "At most so many bytes, e.g. 60M: excerpts and coarser values");
  verb->callback([arguments, &command] {
    command = [arguments](const std::stop_token& stop) { return run_pack(*arguments, stop); };
  });
}

}  // namespace resonance::training
