#include "training/search/journal.h"

#include "resonance/core/error.h"

#include <array>
#include <cerrno>
#include <cmath>
#include <ctime>

#include <nlohmann/json.hpp>

namespace resonance::training {
namespace {

using nlohmann::json;

enum Operation {
  create_study = 0,
  create_trial = 4,
  set_trial_param = 5,
  set_trial_state_values = 6,
  set_trial_intermediate_value = 7
};

constexpr int kMaximize = 2;
constexpr const char* kWorker = "resonance-train";

std::string now() {
  const std::time_t time = std::time(nullptr);
  std::tm parts{};
  ::localtime_r(&time, &parts);
  std::array<char, 40> text{};
  std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%S.000000", &parts);
  return text.data();
}

json distribution(const SearchParameter& parameter) {
  if (parameter.kind == SearchParameter::Kind::choice) {
    return {{"name", "CategoricalDistribution"}, {"attributes", {{"choices", parameter.choices}}}};
  }
  return {{"name", "FloatDistribution"},
          {"attributes",
           {{"step", nullptr},
            {"low", parameter.low},
            {"high", parameter.high},
            {"log", parameter.kind == SearchParameter::Kind::loguniform}}}};
}

}  // namespace

OptunaJournal::OptunaJournal(const std::filesystem::path& path, const std::string& study)
    : path_(path.string()) {
  file_.reset(std::fopen(path_.c_str(), "wb"));
  if (file_ == nullptr) throw system_error(errno, "cannot write " + path_);
  append(json{
      {"op_code", create_study}, {"worker_id", kWorker}, {"study_name", study}, {"directions", {kMaximize}}}
             .dump());
}

void OptunaJournal::append(const std::string& line) {
  const std::string text = line + "\n";
  if (std::fwrite(text.data(), 1, text.size(), file_.get()) != text.size() || std::fflush(file_.get()) != 0) {
    throw system_error(errno, "cannot write " + path_);
  }
}

int OptunaJournal::begin_trial(const std::vector<SearchParameter>& parameters, const SearchPoint& point) {
  append(json{{"op_code", create_trial}, {"worker_id", kWorker}, {"study_id", 0}, {"datetime_start", now()}}
             .dump());
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    append(json{{"op_code", set_trial_param},
                {"worker_id", kWorker},
                {"trial_id", trials_},
                {"param_name", parameters[i].name},
                {"param_value_internal", point.at(i)},
                {"distribution", distribution(parameters[i]).dump()}}
               .dump());
  }
  return trials_++;
}

void OptunaJournal::report(int trial, int step, double value) {
  append(json{{"op_code", set_trial_intermediate_value},
              {"worker_id", kWorker},
              {"trial_id", trial},
              {"step", step},
              {"intermediate_value", value}}
             .dump());
}

void OptunaJournal::finish(int trial, TrialState state, double value) {
  json entry = {{"op_code", set_trial_state_values}, {"worker_id", kWorker}, {"trial_id", trial},
                {"state", static_cast<int>(state)},  {"values", nullptr},    {"datetime_complete", now()}};
  if (std::isfinite(value) && state != TrialState::failed) entry["values"] = {value};
  append(entry.dump());
}

}  // namespace resonance::training
