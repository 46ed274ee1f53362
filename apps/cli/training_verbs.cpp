#include "resonance/core/error.h"
#include "resonance/core/program_folder.h"

#include <cerrno>
#include <csignal>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include <unistd.h>

#include "verbs.h"

namespace resonance::cli {
namespace {

/// Training is a program of its own, beside this one: it takes LibTorch, which nobody else should wait for.
constexpr const char* kProgram = "resonance-train";

/// Becomes that program. Returns only if it cannot.
[[noreturn]] void hand_over(const std::string& verb, const std::vector<std::string>& rest) {
  const std::filesystem::path program = program_folder() / kProgram;
  std::vector<std::string> words = {kProgram, verb};
  words.insert(words.end(), rest.begin(), rest.end());
  std::vector<char*> arguments;
  arguments.reserve(words.size() + 1);
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);

  sigset_t signals;  // this program waits for them in a thread, which ends here
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  ::pthread_sigmask(SIG_UNBLOCK, &signals, nullptr);
  ::execv(program.c_str(), arguments.data());
  const int reason = errno;
  if (reason == ENOENT) {
    throw Error(ErrorCode::not_found, "this build of Resonance cannot train: there is no " +
                                          program.string() +
                                          "; run tools/setup training, and make build again");
  }
  throw system_error(reason, "cannot run " + program.string());
}

}  // namespace

void add_training_verbs(CLI::App& app, Command& command) {
  const std::vector<std::pair<std::string, std::string>> verbs = {
      {"pack", "Make a feature set out of the cache, the only input of training"},
      {"train", "Train a model (--mode search|refine)"},
      {"export", "Write a trained model as ONNX, fp32 and int8"},
      {"verify-onnx", "Hold an exported model against the network it came from"}};
  for (const auto& [name, description] : verbs) {
    CLI::App* verb = app.add_subcommand(name, description);
    verb->set_help_flag();  // its options, --help among them, are the other program's
    verb->prefix_command();
    verb->callback([verb, word = name, &command] {
      command = [rest = verb->remaining(), word](const std::stop_token&) -> int { hand_over(word, rest); };
    });
  }
}

}  // namespace resonance::cli
