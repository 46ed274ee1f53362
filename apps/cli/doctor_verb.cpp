#include "resonance/engine/doctor.h"

#include <algorithm>
#include <memory>
#include <string>

#include <fmt/format.h>

#include "console.h"
#include "verbs.h"

namespace resonance::cli {
namespace {

struct Arguments {
  std::string catalog = "catalog";
  std::string cache = "cache/features";
  Format format = Format::text;
};

int diagnose(const Arguments& arguments) {
  const auto findings = engine::diagnose(arguments.catalog, arguments.cache);
  nlohmann::json list = nlohmann::json::array();
  for (const auto& finding : findings) {
    if (arguments.format == Format::json) {
      list.push_back({{"subject", finding.subject},
                      {"state", finding.state},
                      {"problem", finding.problem},
                      {"remedy", finding.remedy}});
    } else {
      fmt::print("{} {:<16} {}\n", finding.problem ? "!" : " ", finding.subject, printable(finding.state));
      if (finding.problem) fmt::print("  {:<16} run: {}\n", "", finding.remedy);
    }
  }
  if (arguments.format == Format::json) print_json({{"findings", list}});
  const bool sound = std::none_of(findings.begin(), findings.end(), [](const auto& f) { return f.problem; });
  return sound ? kDone : kSomeItemsFailed;
}

}  // namespace

void add_doctor_verb(CLI::App& app, Command& command) {
  CLI::App* verb =
      app.add_subcommand("doctor", "Versions, CPU features, model and catalog health, and what to run");
  const auto arguments = std::make_shared<Arguments>();
  add_catalog_option(*verb, arguments->catalog);
  verb->add_option(with_alias("--cache-dir"), arguments->cache, "Folder of the feature cache")
      ->capture_default_str()
      ->option_text("DIR");
  add_format_option(*verb, arguments->format);
  verb->callback([arguments, &command] {
    command = [arguments](const std::stop_token&) { return diagnose(*arguments); };
  });
}

}  // namespace resonance::cli
