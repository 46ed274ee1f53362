#include "resonance/core/error.h"

#include <chrono>
#include <cmath>
#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <unistd.h>

#include "training/program/verbs.h"
#include "training/trainer/trainer.h"

namespace resonance::training {
namespace {

struct Arguments {
  std::string config;
  std::vector<std::string> settings;
  std::string set;
  std::string out = "runs/best";
  std::string device = "auto";
  bool resume = false;
  double time_limit = 0;
  int threads = 0;
};

std::string duration(double seconds) {
  const auto whole = static_cast<long long>(std::max(0.0, std::round(seconds)));
  if (whole >= 3600) return fmt::format("{} h {:02} min", whole / 3600, whole % 3600 / 60);
  return fmt::format("{} min {:02} s", whole / 60, whole % 60);
}

/// Progress on stderr: a line that is rewritten on a terminal, else a line every half minute.
class ConsoleObserver : public TrainObserver {
 public:
  void note(const std::string& line) override {
    clear();
    fmt::print(stderr, "{}\n", line);
  }

  void progress(const TrainProgress& now) override {
    const auto time = std::chrono::steady_clock::now();
    const auto pause = terminal_ ? std::chrono::milliseconds(200) : std::chrono::milliseconds(30000);
    if (time - shown_ < pause) return;
    shown_ = time;
    constexpr std::size_t kBar = 20;
    const std::size_t filled = now.steps == 0 ? 0 : kBar * now.step / now.steps;
    const std::string recall = now.recall_at_5 ? fmt::format("  recall@5 {:.3f}", *now.recall_at_5) : "";
    clear();
    fmt::print(stderr, "epoch {}/{} [{}{}] {}/{}  loss {:.4f}{}  {:.0f} tracks/s  {} left{}", now.epoch,
               now.epochs, std::string(filled, '#'), std::string(kBar - filled, '.'), now.step, now.steps,
               now.loss, recall, now.examples_per_s, duration(now.left_s), terminal_ ? "" : "\n");
    std::fflush(stderr);
  }

  void epoch(const EpochRecord& record, bool is_best) override {
    clear();
    std::string text = fmt::format("epoch {}  loss {:.4f}", record.epoch, record.loss);
    for (const auto& [name, value] : record.metrics) {
      if (name != "loss") text += fmt::format("  {} {:.4g}", name, value);
    }
    fmt::print(stderr, "{}  {}{}\n", text, duration(record.seconds), is_best ? "  (best)" : "");
    std::fflush(stderr);
  }

 private:
  void clear() const {
    if (terminal_) fmt::print(stderr, "\r\x1b[K");
  }
  bool terminal_ = ::isatty(STDERR_FILENO) == 1;
  std::chrono::steady_clock::time_point shown_;
};

int run_train(const Arguments& arguments, const std::stop_token& stop) {
  TrainOptions options;
  if (!arguments.config.empty()) options.config = read_training_config(arguments.config);
  for (const std::string& setting : arguments.settings) {
    const std::size_t equals = setting.find('=');
    if (equals == std::string::npos) {
      throw Error(ErrorCode::invalid_argument, "--set-value is \"" + setting + "\", and must be KEY=VALUE");
    }
    set_config_value(options.config, setting.substr(0, equals), setting.substr(equals + 1));
  }
  options.set = arguments.set;
  options.out = arguments.out;
  options.device = arguments.device;
  options.resume = arguments.resume;
  if (arguments.time_limit > 0) options.time_limit_minutes = arguments.time_limit;
  options.threads = arguments.threads;
  ConsoleObserver observer;
  const TrainReport report = train(options, observer, stop);
  fmt::print("{}: {} epochs in {}; best epoch {} ({} {:.4f}); model {}\n", report.ended,
             report.state.epochs_done, duration(report.state.seconds), report.state.best_epoch,
             options.config.train.early_stopping.monitor, report.state.best_value, report.model.string());
  if (report.failed) {
    throw Error(
        ErrorCode::invalid_argument,
        report.ended + "; the best model so far is kept. Lower train.lr, or look at the data of that step");
  }
  return report.ended == "stopped" ? exit_status_of(ErrorCode::cancelled) : 0;
}

}  // namespace

void add_train_verb(CLI::App& app, Command& command) {
  CLI::App* verb = app.add_subcommand("train", "Train a model on a feature set");
  const auto arguments = std::make_shared<Arguments>();
  verb->add_option("--config", arguments->config, "YAML; without it, the defaults of config/base.yaml");
  verb->add_option("--set-value,--set_value", arguments->settings,
                   "KEY=VALUE instead of the config's; repeatable");
  verb->add_option("--set", arguments->set, "Folder of the feature set, made by pack")->required();
  verb->add_option("--out", arguments->out, "Folder for the model, events and report")->capture_default_str();
  verb->add_option("--device", arguments->device, "cpu, cuda or auto")->capture_default_str();
  verb->add_flag("--resume", arguments->resume, "Go on from OUT/last.pt");
  verb->add_option("--time-limit,--time_limit", arguments->time_limit,
                   "Minutes in all; the learning rate reaches zero by then");
  verb->add_option("--threads", arguments->threads, "Of computation; 0: one a core")->capture_default_str();
  verb->callback([arguments, &command] {
    command = [arguments](const std::stop_token& stop) { return run_train(*arguments, stop); };
  });
}

}  // namespace resonance::training
