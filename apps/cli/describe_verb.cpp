#include "resonance/core/error.h"
#include "resonance/engine/exports.h"

#include <cstdio>
#include <filesystem>
#include <memory>
#include <string>
#include <system_error>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "console.h"
#include "verbs.h"

namespace resonance::cli {
namespace {

struct Arguments {
  std::vector<std::string> paths;
  std::vector<std::string> tracks;
  std::string catalog = "catalog";
  Format format = Format::text;
};

nlohmann::json file_json(const engine::FileDescription& file) {
  nlohmann::json document = description_json(file.description);
  document["path"] = file.path;
  document["title"] = file.tags.title;
  document["artist"] = file.tags.artist;
  document["codec"] = file.audio.codec;
  document["sample_rate_hz"] = file.audio.sample_rate_hz;
  document["channels"] = file.audio.channels;
  document["traits"] = file.traits;
  if (!file.warning.empty()) document["warning"] = file.warning;
  return document;
}

void print_text(const engine::FileDescription& file) {
  const Description& d = file.description;
  const std::string key = key_name(d);
  fmt::print("{}\n", display_name(file.tags, file.path));
  fmt::print("  {}\n", printable(file.path));
  fmt::print("  tempo       {:.1f} BPM (confidence {:.2f})\n", d.tempo_bpm, d.tempo_confidence);
  fmt::print("  key         {} (confidence {:.2f})\n", key.empty() ? "none" : key, d.key_confidence);
  fmt::print("  loudness    {:.1f} LUFS\n", d.loudness_lufs);
  fmt::print("  brightness  {:.0f} Hz\n", d.brightness_hz);
  fmt::print("  percussion  {:.1f} onsets a second\n", d.onsets_per_second);
  fmt::print("  energy      {:.2f}\n", d.energy);
  fmt::print("  duration    {:.1f} s ({}, {} Hz, {} channel{})\n", d.duration_s, file.audio.codec,
             file.audio.sample_rate_hz, file.audio.channels, file.audio.channels == 1 ? "" : "s");
  fmt::print("  in words    {}\n", fmt::join(file.traits, ", "));
  if (!file.warning.empty()) fmt::print("  warning     {}\n", printable(file.warning));
}

int describe(const Arguments& arguments, const std::stop_token& stop) {
  if (arguments.paths.empty() && arguments.tracks.empty()) {
    throw Error(ErrorCode::invalid_argument, "describe needs a file, or --track PATH-or-ID");
  }
  nlohmann::json list = nlohmann::json::array();
  std::vector<engine::FailedItem> failed;
  const auto show = [&](const engine::FileDescription& file) {
    if (arguments.format == Format::json) {
      list.push_back(file_json(file));
    } else {
      print_text(file);
    }
  };
  for (const std::string& track : arguments.tracks) show(engine::describe_track(arguments.catalog, track));
  for (const std::string& path : arguments.paths) {
    try {
      show(engine::describe_file(path, stop));
    } catch (const Error& error) {
      if (error.code() == ErrorCode::cancelled || arguments.paths.size() + arguments.tracks.size() == 1)
        throw;
      fmt::print(stderr, "{}\n", printable(error.what()));
      failed.push_back({path, std::string(name_of(error.code())), error.what()});
    }
  }
  if (arguments.format == Format::json) print_json({{"tracks", list}, {"failed", failures_json(failed)}});
  return failed.empty() ? kDone : kSomeItemsFailed;
}

}  // namespace

void add_describe_verb(CLI::App& app, Command& command) {
  CLI::App* verb =
      app.add_subcommand("describe", "Tempo, key, loudness, brightness and energy of recordings");
  const auto arguments = std::make_shared<Arguments>();
  verb->add_option("paths", arguments->paths, "Files to listen to")->option_text("PATH...");
  verb->add_option("--track", arguments->tracks, "A track of the catalog; nothing is analysed")
      ->option_text("PATH-or-ID");
  add_catalog_option(*verb, arguments->catalog);
  add_format_option(*verb, arguments->format);
  verb->callback([arguments, &command] {
    command = [arguments](const std::stop_token& stop) { return describe(*arguments, stop); };
  });
}

}  // namespace resonance::cli
