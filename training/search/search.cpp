#include "training/search/search.h"

#include "resonance/core/atomic_file.h"
#include "resonance/core/error.h"

#include <algorithm>
#include <limits>
#include <utility>

#include <nlohmann/json.hpp>

#include "training/search/tree_parzen.h"

namespace resonance::training {
namespace {

using nlohmann::json;

constexpr std::size_t kMaxBytes = std::size_t{64} << 20U;

/// One trial being trained: keeps what it reaches, and ends it where the others' median is better.
class TrialObserver : public TrainObserver {
 public:
  TrialObserver(TrainObserver& shown, OptunaJournal& journal, const std::vector<TrialRecord>& others,
                TrialRecord& trial, const std::string& monitor)
      : shown_(shown), journal_(journal), others_(others), trial_(trial), monitor_(monitor) {}

  void note(const std::string& line) override { shown_.note(line); }
  void progress(const TrainProgress& progress) override { shown_.progress(progress); }
  void epoch(const EpochRecord& record, bool is_best) override {
    shown_.epoch(record, is_best);
    const auto found = record.metrics.find(monitor_);
    const double value = found == record.metrics.end() ? 0 : found->second;
    journal_.report(trial_.number, record.epoch, value);
    trial_.by_epoch.push_back(value);
    trial_.value = *std::max_element(trial_.by_epoch.begin(), trial_.by_epoch.end());
  }
  bool goes_on() override {
    const std::size_t step = trial_.by_epoch.size();
    std::vector<double> there;
    for (const TrialRecord& other : others_) {
      if (other.by_epoch.size() < step) continue;
      there.push_back(*std::max_element(other.by_epoch.begin(),
                                        other.by_epoch.begin() + static_cast<std::ptrdiff_t>(step)));
    }
    pruned = below_median(trial_.value, std::move(there));
    return !pruned;
  }
  bool pruned = false;

 private:
  TrainObserver& shown_;
  OptunaJournal& journal_;
  const std::vector<TrialRecord>& others_;
  TrialRecord& trial_;
  const std::string& monitor_;
};

std::string name_of(TrialState state) {
  switch (state) {
    case TrialState::complete:
      return "complete";
    case TrialState::pruned:
      return "pruned";
    case TrialState::failed:
      return "failed";
    case TrialState::running:
      break;
  }
  return "running";
}

TrialState state_from(const std::string& name) {
  for (const TrialState state : {TrialState::complete, TrialState::pruned, TrialState::failed}) {
    if (name_of(state) == name) return state;
  }
  return TrialState::running;
}

TrainingConfig config_at(const SearchOptions& options, const SearchPoint& point) {
  TrainingConfig config = options.base.config;
  for (std::size_t i = 0; i < options.space.size(); ++i) {
    set_config_value(config, options.space[i].key, value_text(options.space[i], point[i]));
  }
  return config;
}

void write_text(const std::filesystem::path& path, const std::string& text) {
  AtomicFile file(path);
  file.write(text);
  file.commit();
}

}  // namespace

std::string trials_json(const std::vector<SearchParameter>& space, const std::vector<TrialRecord>& trials,
                        const std::string& monitor) {
  std::vector<const TrialRecord*> ranked;
  ranked.reserve(trials.size());
  for (const TrialRecord& trial : trials) ranked.push_back(&trial);
  std::stable_sort(ranked.begin(), ranked.end(), [](const TrialRecord* a, const TrialRecord* b) {
    const auto worth = [](const TrialRecord* t) {
      return std::pair(t->state == TrialState::complete ? 1 : 0, t->value);
    };
    return worth(a) > worth(b);
  });
  json list = json::array();
  for (const TrialRecord* trial : ranked) {
    json parameters = json::object();
    for (std::size_t i = 0; i < space.size(); ++i) {
      parameters[space[i].name] = space[i].kind == SearchParameter::Kind::choice
                                      ? json(value_text(space[i], trial->point[i]))
                                      : json(trial->point[i]);
    }
    list.push_back({{"number", trial->number},
                    {"state", name_of(trial->state)},
                    {"value", trial->value},
                    {"parameters", std::move(parameters)},
                    {"by_epoch", trial->by_epoch}});
  }
  return json{{"format", "resonance search"},
              {"version", 1},
              {"monitor", monitor},
              {"trials", std::move(list)}}
             .dump(2) +
         "\n";
}

std::vector<TrialRecord> trials_from_json(const std::string& text, const std::vector<SearchParameter>& space,
                                          const std::string& what) {
  std::vector<TrialRecord> trials;
  try {
    const json document = json::parse(text);
    for (const json& entry : document.at("trials")) {
      TrialRecord trial;
      trial.number = entry.at("number").get<int>();
      trial.state = state_from(entry.at("state").get<std::string>());
      trial.value = entry.at("value").get<double>();
      trial.by_epoch = entry.at("by_epoch").get<std::vector<double>>();
      for (const SearchParameter& parameter : space) {
        const json& value = entry.at("parameters").at(parameter.name);
        if (parameter.kind != SearchParameter::Kind::choice) {
          trial.point.push_back(value.get<double>());
          continue;
        }
        const auto found =
            std::find(parameter.choices.begin(), parameter.choices.end(), value.get<std::string>());
        if (found == parameter.choices.end()) {
          throw Error(ErrorCode::corrupt_data, what + " is of another search space: " + parameter.name);
        }
        trial.point.push_back(static_cast<double>(found - parameter.choices.begin()));
      }
      trials.push_back(std::move(trial));
    }
  } catch (const json::exception& error) {
    throw Error(ErrorCode::corrupt_data, what + " is no result of this search: " + error.what());
  }
  return trials;
}

std::vector<TrialRecord> search(const SearchOptions& options, TrainObserver& observer,
                                const std::stop_token& stop) {
  const std::filesystem::path& out = options.base.out;
  std::filesystem::create_directories(out);
  std::vector<TrialRecord> trials;
  if (options.base.resume && std::filesystem::exists(out / "hpo.json")) {
    trials =
        trials_from_json(read_file(out / "hpo.json", kMaxBytes), options.space, (out / "hpo.json").string());
    std::sort(trials.begin(), trials.end(),
              [](const TrialRecord& a, const TrialRecord& b) { return a.number < b.number; });
  }
  OptunaJournal journal(out / "journal.log", "resonance");
  for (TrialRecord& trial : trials) {  // the journal is written anew, with what was there
    trial.number = journal.begin_trial(options.space, trial.point);
    for (std::size_t i = 0; i < trial.by_epoch.size(); ++i) {
      journal.report(trial.number, static_cast<int>(i) + 1, trial.by_epoch[i]);
    }
    journal.finish(trial.number, trial.state, trial.value);
  }
  const TreeParzenEstimator estimator(options.space);
  while (static_cast<int>(trials.size()) < options.trials && !stop.stop_requested()) {
    std::vector<Observation> observations;
    for (const TrialRecord& trial : trials) {
      const double value = trial.state == TrialState::failed ? -1 : trial.value;
      observations.push_back({trial.point, value});
    }
    Random random{options.seed, trials.size()};
    TrialRecord trial;
    trial.point = estimator.suggest(observations, random);
    trial.number = journal.begin_trial(options.space, trial.point);
    TrainOptions run = options.base;
    run.config = config_at(options, trial.point);
    run.config.train.epochs = options.epochs;
    run.config.train.warmup_epochs = std::min(run.config.train.warmup_epochs, options.epochs / 4);
    run.resume = false;
    run.out = out / "trial";
    std::string shown = "trial " + std::to_string(trial.number + 1) + "/" + std::to_string(options.trials);
    for (std::size_t i = 0; i < options.space.size(); ++i) {
      shown += "  " + options.space[i].name + " " + value_text(options.space[i], trial.point[i]);
    }
    observer.note(shown);
    TrialObserver watching(observer, journal, trials, trial, options.monitor);
    const TrainReport report = train(run, watching, stop);
    if (report.ended == "stopped") break;  // this trial is made again when the search goes on
    trial.state = report.failed     ? TrialState::failed
                  : watching.pruned ? TrialState::pruned
                                    : TrialState::complete;
    journal.finish(trial.number, trial.state, trial.value);
    trials.push_back(std::move(trial));
    write_text(out / "hpo.json", trials_json(options.space, trials, options.monitor));
  }
  std::filesystem::remove_all(out / "trial");
  return trials;
}

TrainReport refine(const SearchOptions& options, int top, TrainObserver& observer,
                   const std::stop_token& stop) {
  const std::filesystem::path& out = options.base.out;
  const std::filesystem::path found = out / "hpo.json";
  if (!std::filesystem::exists(found)) {
    throw Error(ErrorCode::not_found, "there is no " + found.string() + ": run --mode search first");
  }
  const std::vector<TrialRecord> trials =
      trials_from_json(read_file(found, kMaxBytes), options.space, found.string());  // best first
  if (trials.empty()) throw Error(ErrorCode::not_found, found.string() + " holds no trial");
  TrainReport best;
  double best_value = -std::numeric_limits<double>::infinity();
  for (int i = 0; i < top && i < static_cast<int>(trials.size()); ++i) {
    TrainOptions run = options.base;
    run.config = config_at(options, trials[static_cast<std::size_t>(i)].point);
    run.out = out / ("top" + std::to_string(i + 1));
    observer.note("refining the search's number " + std::to_string(i + 1));
    TrainReport report = train(run, observer, stop);
    if (report.ended == "stopped") return report;
    if (!report.failed && report.state.best_value > best_value) {
      best_value = report.state.best_value;
      best = report;
    }
  }
  if (best.model.empty()) throw Error(ErrorCode::invalid_argument, "none of the refined runs came to an end");
  write_text(out / "ckpt.pt", read_file(best.model, std::size_t{8} << 30U));
  write_text(out / kHeldOutName, read_file(best.model.parent_path() / kHeldOutName, kMaxBytes));
  best.model = out / "ckpt.pt";
  return best;
}

}  // namespace resonance::training
