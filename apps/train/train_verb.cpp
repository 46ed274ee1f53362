#include "resonance/core/error.h"

#include <chrono>
#include <cmath>
#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <unistd.h>

#include "launcher.h"
#include "training/search/search.h"
#include "training/trainer/trainer.h"
#include "verbs.h"

namespace resonance::training {
namespace {

struct Arguments {
  std::string config;
  std::vector<std::string> settings;
  std::string set;
  std::string out = "runs/best";
  std::string device = "auto";
  bool resume = false;
  std::string from;
  double time_limit = 0;
  int threads = 0;
  std::string mode;
  std::string space = "config/search_space.yaml";
  int trials = 30;
  int trial_epochs = 10;
  int top = 5;
  RankOptions ranks;
  int launch = 0;
  std::vector<std::string> all;  ///< as the program was called
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

TrainOptions options_of(const Arguments& arguments) {
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
  options.from = arguments.from;
  if (arguments.time_limit > 0) options.time_limit_minutes = arguments.time_limit;
  options.threads = arguments.threads;
  options.ranks = arguments.ranks;
  return options;
}

int show(const TrainReport& report, const std::string& monitor) {
  fmt::print("{}: {} epochs in {}; best epoch {} ({} {:.4f}); model {}\n", report.ended,
             report.state.epochs_done, duration(report.state.seconds), report.state.best_epoch, monitor,
             report.state.best_value, report.model.string());
  if (report.failed) {
    throw Error(
        ErrorCode::invalid_argument,
        report.ended + "; the best model so far is kept. Lower train.lr, or look at the data of that step");
  }
  return report.ended == "stopped" ? exit_status_of(ErrorCode::cancelled) : 0;
}

/// The arguments without --launch, for the ranks.
std::vector<std::string> without_launch(const std::vector<std::string>& all) {
  std::vector<std::string> result;
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (all[i] == "--launch") {
      ++i;
    } else if (!all[i].starts_with("--launch=")) {
      result.push_back(all[i]);
    }
  }
  return result;
}

int run_train(const Arguments& arguments, const std::stop_token& stop) {
  if (arguments.launch > 1 && arguments.mode.empty())
    return launch_ranks(arguments.launch, without_launch(arguments.all), stop);
  const TrainOptions options = options_of(arguments);
  const std::string& monitor = options.config.train.early_stopping.monitor;
  ConsoleObserver observer;
  if (arguments.mode.empty()) {
    const TrainReport report = train(options, observer, stop);
    if (options.ranks.rank == 0) return show(report, monitor);  // the others have nothing to add
    return report.failed ? exit_status_of(ErrorCode::invalid_argument) : 0;
  }
  if (arguments.ranks.world_size > 1) {
    throw Error(ErrorCode::invalid_argument, "--mode searches in one process; leave out --world-size");
  }
  SearchOptions searching;
  searching.base = options;
  searching.space = read_search_space(arguments.space);
  searching.trials = arguments.trials;
  searching.epochs = arguments.trial_epochs;
  searching.seed = options.config.train.seed;
  searching.monitor = monitor;
  if (arguments.mode == "refine") return show(refine(searching, arguments.top, observer, stop), monitor);
  const std::vector<TrialRecord> trials = search(searching, observer, stop);
  fmt::print("{} trials in {}; train the best with --mode refine --topn {}\n", trials.size(),
             (options.out / "hpo.json").string(), arguments.top);
  return stop.stop_requested() ? exit_status_of(ErrorCode::cancelled) : 0;
}

}  // namespace

void add_train_verb(CLI::App& app, Command& command, const std::vector<std::string>& all) {
  CLI::App* verb = app.add_subcommand("train", "Train a model on a feature set");
  const auto arguments = std::make_shared<Arguments>();
  arguments->all = all;
  verb->add_option("--config", arguments->config, "YAML; without it, the defaults of config/base.yaml");
  verb->add_option("--set-value,--set_value", arguments->settings,
                   "KEY=VALUE instead of the config's; repeatable");
  verb->add_option("--set", arguments->set, "Folder of the feature set, made by pack")->required();
  verb->add_option("--out", arguments->out, "Folder for the model, events and report")->capture_default_str();
  verb->add_option("--device", arguments->device, "cpu, cuda or auto")->capture_default_str();
  verb->add_flag("--resume", arguments->resume, "Go on from OUT/last.pt");
  verb->add_option("--from", arguments->from, "Checkpoint whose weights the run starts from");
  verb->add_option("--time-limit,--time_limit", arguments->time_limit,
                   "Minutes in all; the learning rate reaches zero by then");
  verb->add_option("--threads", arguments->threads, "Of computation; 0: one a core")->capture_default_str();
  verb->add_option("--mode", arguments->mode, "search: hyper-parameters; refine: train the best of a search")
      ->check(CLI::IsMember({"search", "refine"}));
  verb->add_option("--search-space,--search_space", arguments->space, "YAML of what a search varies")
      ->capture_default_str();
  verb->add_option("--trials", arguments->trials, "Of a search, in all")
      ->capture_default_str()
      ->check(CLI::Range(1, 100000));
  verb->add_option("--trial-epochs,--trial_epochs", arguments->trial_epochs, "Of each trial")
      ->capture_default_str()
      ->check(CLI::Range(1, 100000));
  verb->add_option("--topn", arguments->top, "Trials that refine trains fully")
      ->capture_default_str()
      ->check(CLI::Range(1, 1000));
  verb->add_option("--world-size,--world_size", arguments->ranks.world_size, "Processes that train together")
      ->capture_default_str();
  verb->add_option("--rank", arguments->ranks.rank, "Which of them this one is, from 0")
      ->capture_default_str();
  verb->add_option("--master", arguments->ranks.master, "HOST:PORT where rank 0 listens")
      ->capture_default_str();
  verb->add_option("--launch", arguments->launch, "Start so many ranks on this machine")
      ->check(CLI::Range(1, 1024));
  verb->callback([arguments, &command] {
    command = [arguments](const std::stop_token& stop) { return run_train(*arguments, stop); };
  });
}

}  // namespace resonance::training
