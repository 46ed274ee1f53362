#include "resonance/engine/compression.h"

#include <memory>
#include <string>

#include <fmt/format.h>

#include "console.h"
#include "verbs.h"

namespace resonance::cli {
namespace {

struct Arguments {
  std::string vectors;
  std::string catalog = "catalog";
  std::string out;
  engine::CompressOptions options;
  Format format = Format::text;
};

int compress(const Arguments& arguments, const std::stop_token& stop) {
  const std::string& source = arguments.vectors.empty() ? arguments.catalog : arguments.vectors;
  const engine::CompressReport report =
      engine::compress_vectors(source, arguments.out, arguments.options, stop);
  if (arguments.format == Format::json) {
    nlohmann::json reach = nlohmann::json::array();
    for (const auto& one : report.reach) reach.push_back({{"nearest", one.nearest}, {"share", one.share}});
    print_json({{"vectors", report.vectors},
                {"representatives", report.representatives},
                {"unused", report.unused},
                {"distortion", report.distortion},
                {"queries", report.queries},
                {"recall_at_10", report.recall},
                {"reach", reach},
                {"out", arguments.out}});
    return kDone;
  }
  fmt::print("{} vectors, {} representatives ({} of them stand for none): {}\n", report.vectors,
             report.representatives, report.unused, printable(arguments.out));
  fmt::print("mean squared distance to the representative {:.4f}\n", report.distortion);
  fmt::print("recall@10 with representatives in place of vectors {:.3f} ({} queries)\n", report.recall,
             report.queries);
  for (const auto& one : report.reach) {
    fmt::print("of the true ten behind the nearest {:3} representatives: {:.3f}\n", one.nearest, one.share);
  }
  return kDone;
}

}  // namespace

void add_compress_verb(CLI::App& app, Command& command) {
  CLI::App* verb = app.add_subcommand(
      "compress", "A large set of vectors as a given number of representatives (mini-batch k-means)");
  const auto arguments = std::make_shared<Arguments>();
  verb->add_option("vectors", arguments->vectors, "N x D float32; the catalog's embeddings if not given")
      ->option_text("FILE.npy");
  verb->add_option(
          "--out", arguments->out,
          "Representatives and how many vectors each stands for (.npz), or the representatives alone (.npy)")
      ->required()
      ->option_text("FILE.npz|FILE.npy");
  verb->add_option("--clusters", arguments->options.representatives, "How many representatives")
      ->capture_default_str()
      ->check(CLI::Range(1, 1 << 24))
      ->option_text("N");
  verb->add_option("--batch", arguments->options.batch, "Vectors a step (256 a core)")
      ->check(CLI::Range(1, 1 << 20))
      ->option_text("N");
  verb->add_option("--steps", arguments->options.steps,
                   "Steps (so many that every vector is seen about once)")
      ->check(CLI::Range(1, 1 << 30))
      ->option_text("N");
  verb->add_option("--seed", arguments->options.seed, "Of the draws")
      ->capture_default_str()
      ->option_text("N");
  add_catalog_option(*verb, arguments->catalog);
  add_format_option(*verb, arguments->format);
  verb->callback([arguments, &command] {
    command = [arguments](const std::stop_token& stop) { return compress(*arguments, stop); };
  });
}

}  // namespace resonance::cli
