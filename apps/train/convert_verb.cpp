#include <memory>
#include <string>

#include "training/trainer/checkpoint.h"
#include "verbs.h"

namespace resonance::training {

void add_convert_verb(CLI::App& app, Command& command) {
  struct Arguments {
    std::string old;
    std::string out;
  };
  CLI::App* convert = app.add_subcommand(
      "convert", "Make a checkpoint of version 1, which can run what is in it, one of this version");
  const auto arguments = std::make_shared<Arguments>();
  convert->add_option("checkpoint", arguments->old, "The old file: only one of your own")->required();
  convert->add_option("--out", arguments->out, "The new file")->required();
  convert->callback([arguments, &command] {
    command = [arguments](const std::stop_token&) {
      convert_checkpoint(arguments->old, arguments->out);
      return 0;
    };
  });
}

}  // namespace resonance::training
