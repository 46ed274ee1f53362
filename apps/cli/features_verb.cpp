#include "resonance/engine/exports.h"

#include <memory>
#include <string>

#include "verbs.h"

namespace resonance::cli {

void add_features_verb(CLI::App& app, Command& command) {
  struct Arguments {
    std::string file;
    std::string out;
  };
  CLI::App* verb =
      app.add_subcommand("features", "Write a recording's features, as the model sees them, for NumPy");
  const auto arguments = std::make_shared<Arguments>();
  verb->add_option("path", arguments->file, "A recording")->required()->option_text("PATH");
  verb->add_option("--out", arguments->out, "log_mel, chroma, onset, loudness, tempogram as float32")
      ->required()
      ->option_text("FILE.npz");
  verb->callback([arguments, &command] {
    command = [arguments](const std::stop_token& stop) {
      engine::write_features(arguments->file, arguments->out, stop);
      return kDone;
    };
  });
}

}  // namespace resonance::cli
