#include "console.h"

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <map>

#include <fmt/format.h>

namespace resonance::cli {

void add_format_option(CLI::App& verb, Format& format) {
  static const std::map<std::string, Format> kFormats{{"text", Format::text}, {"json", Format::json}};
  verb.add_option("--format", format, "text for people, json for programs")
      ->transform(CLI::CheckedTransformer(kFormats))
      ->option_text("text|json");
}

void add_catalog_option(CLI::App& verb, std::string& catalog) {
  verb.add_option("--catalog,--index-dir,--index_dir", catalog, "Folder of the catalog")
      ->capture_default_str()
      ->option_text("DIR");
}

void add_model_option(CLI::App& verb, ModelOption& option) {
  verb.add_option(
          "--model,--load", option.model,
          "What listens: default, statistics (nothing learned), an .onnx file, a checkpoint (.pt), or a "
          "folder with one; a catalog stays with the model that it was begun with")
      ->option_text("MODEL");
  add_backend_option(verb, option.backend);
}

void add_backend_option(CLI::App& verb, engine::Backend& backend) {
  static const std::map<std::string, engine::Backend> kBackends{{"auto", engine::Backend::automatic},
                                                                {"onnx", engine::Backend::onnx},
                                                                {"torch", engine::Backend::torch}};
  verb.add_option("--backend", backend, "What runs a learned model: onnx, torch (a checkpoint), or auto")
      ->transform(CLI::CheckedTransformer(kBackends))
      ->option_text("auto|onnx|torch");
}

std::optional<std::string> ModelOption::file() const {
  if (model) return engine::model_file(*model, backend);
  if (backend == engine::Backend::torch)
    return engine::model_file(std::string(engine::kDefaultModel), backend);
  return std::nullopt;
}

void add_batch_options(CLI::App& verb, unsigned& jobs, bool& quiet) {
  verb.add_option("--jobs,-j", jobs, "Worker threads; 0 for one a core")
      ->check(CLI::Range(0, 256))
      ->option_text("N");
  verb.add_flag("--quiet,-q", quiet, "No progress");
}

std::string with_alias(std::string_view name) {
  std::string snake(name.substr(2));
  std::replace(snake.begin(), snake.end(), '-', '_');
  std::string names(name);
  if (snake != name.substr(2)) names += ",--" + snake;
  return names;
}

void print_json(const nlohmann::json& document) {
  fmt::print("{}\n", document.dump(2, ' ', false, nlohmann::json::error_handler_t::replace));
}

std::string printable(std::string_view text) {
  std::string safe;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7f) {
      safe += fmt::format("\\x{:02x}", byte);
    } else {
      safe.push_back(c);
    }
  }
  return safe;
}

nlohmann::json failures_json(const std::vector<engine::FailedItem>& items) {
  nlohmann::json list = nlohmann::json::array();
  for (const auto& item : items) {
    list.push_back({{"path", item.path}, {"error", item.message}, {"code", item.error_code}});
  }
  return list;
}

void print_failures(const std::vector<engine::FailedItem>& items) {
  for (const auto& item : items) fmt::print("  failed: {}\n", printable(item.message));
}

nlohmann::json description_json(const Description& description) {
  nlohmann::json key;
  if (const std::string name = key_name(description); !name.empty()) key = name;
  return {{"tempo_bpm", description.tempo_bpm},
          {"tempo_confidence", description.tempo_confidence},
          {"key", key},
          {"key_confidence", description.key_confidence},
          {"loudness_lufs", description.loudness_lufs},
          {"brightness_hz", description.brightness_hz},
          {"onsets_per_second", description.onsets_per_second},
          {"energy", description.energy},
          {"duration_s", description.duration_s}};
}

std::string display_name(const Tags& tags, std::string_view path) {
  if (tags.title.empty()) return printable(std::filesystem::path(path).filename().string());
  return printable(tags.artist.empty() ? tags.title : tags.artist + " - " + tags.title);
}

}  // namespace resonance::cli
