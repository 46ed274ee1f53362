#include "resonance/core/atomic_file.h"
#include "resonance/core/error.h"
#include "resonance/core/tag_parts.h"
#include "resonance/engine/library_map.h"
#include "resonance/ranking/map_picture.h"

#include <cmath>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "console.h"
#include "verbs.h"

namespace resonance::cli {
namespace {

struct Arguments {
  std::string catalog = "catalog";
  std::string out;
  bool fresh = false;
  Format format = Format::text;
};

const char* name_of(engine::MapOrigin origin) {
  switch (origin) {
    case engine::MapOrigin::kept:
      return "kept";
    case engine::MapOrigin::continued:
      return "continued";
    case engine::MapOrigin::fresh:
      break;
  }
  return "fresh";
}

// Four decimals of a map some twenty units wide: less than a pixel on any screen.
double rounded(double coordinate) { return std::round(coordinate * 1e4) / 1e4; }

nlohmann::json map_json(const engine::LibraryMap& map) {
  nlohmann::json tracks = nlohmann::json::array();
  for (const engine::TrackOnMap& track : map.tracks) {
    tracks.push_back({{"id", track.id},
                      {"path", track.path},
                      {"title", track.tags.title},
                      {"artist", track.tags.artist},
                      {"genre", track.tags.genre},
                      {"x", rounded(track.place.x)},
                      {"y", rounded(track.place.y)}});
  }
  return {{"tracks", tracks}, {"map", name_of(map.origin)}};
}

std::string picture_of(const engine::LibraryMap& map) {
  std::vector<ranking::PicturePoint> points;
  for (const engine::TrackOnMap& track : map.tracks) {
    const auto genres = tag_parts(track.tags.genre);
    points.push_back({track.place, display_name(track.tags, track.path),
                      genres.empty() ? std::string() : std::string(genres.front())});
  }
  return ranking::map_picture(points, {.title = "Map of the library"});
}

void print_text(const engine::LibraryMap& map) {
  for (const engine::TrackOnMap& track : map.tracks) {
    fmt::print("{:9.3f} {:9.3f}  {}\n", track.place.x, track.place.y, display_name(track.tags, track.path));
  }
}

void write_file(const std::string& path, const std::string& content) {
  AtomicFile file(path);
  file.write(content);
  file.commit();
}

int map(const Arguments& arguments, const std::stop_token& stop) {
  const std::string suffix = std::filesystem::path(arguments.out).extension().string();
  if (!arguments.out.empty() && suffix != ".json" && suffix != ".svg") {
    throw Error(ErrorCode::invalid_argument, "--out writes FILE.json or FILE.svg, not " + arguments.out);
  }
  const engine::LibraryMap map = engine::map_library(arguments.catalog, {.fresh = arguments.fresh}, stop);
  if (!map.warning.empty()) fmt::print(stderr, "warning: {}\n", printable(map.warning));
  if (map.is_stale) {
    fmt::print(
        stderr,
        "note: the catalog has changed since its search index was made; `resonance index` updates it\n");
  }
  if (arguments.out.empty()) {
    if (arguments.format == Format::json) {
      print_json(map_json(map));
    } else {
      print_text(map);
    }
    return kDone;
  }
  using nlohmann::json;
  write_file(arguments.out, suffix == ".svg"
                                ? picture_of(map)
                                : map_json(map).dump(2, ' ', false, json::error_handler_t::replace) + "\n");
  if (arguments.format == Format::json) {
    print_json({{"tracks", map.tracks.size()}, {"map", name_of(map.origin)}, {"out", arguments.out}});
  } else {
    fmt::print("{} tracks on the map: {}\n", map.tracks.size(), printable(arguments.out));
  }
  return kDone;
}

}  // namespace

void add_map_verb(CLI::App& app, Command& command) {
  CLI::App* verb =
      app.add_subcommand("map", "The library in two dimensions, what sounds alike close together");
  const auto arguments = std::make_shared<Arguments>();
  verb->add_option("--out", arguments->out, "Where to write it: coordinates (.json), or a picture (.svg)")
      ->option_text("FILE.json|FILE.svg");
  verb->add_flag("--fresh", arguments->fresh,
                 "Arrange everything anew instead of keeping tracks where they were on the last map");
  add_catalog_option(*verb, arguments->catalog);
  add_format_option(*verb, arguments->format);
  verb->callback([arguments, &command] {
    command = [arguments](const std::stop_token& stop) { return map(*arguments, stop); };
  });
}

}  // namespace resonance::cli
