#include "resonance/core/atomic_file.h"
#include "resonance/core/error.h"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <functional>
#include <numbers>
#include <sstream>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "../../support/temporary_directory.h"
#include "training/search/journal.h"
#include "training/search/search_space.h"
#include "training/search/tree_parzen.h"

namespace resonance::training {
namespace {

using Function = std::function<double(const SearchPoint&)>;

SearchParameter number(double low, double high) {
  SearchParameter parameter;
  parameter.low = low;
  parameter.high = high;
  return parameter;
}

/// To be made small, on their usual domains.
struct TestFunction {
  std::string name;
  std::vector<SearchParameter> space;
  Function f;
};

std::vector<TestFunction> test_functions() {
  const double pi = std::numbers::pi;
  std::vector<TestFunction> functions;
  functions.push_back({"sphere", std::vector(4, number(-5, 10)), [](const SearchPoint& x) {
                         double sum = 0;
                         for (const double v : x) sum += v * v;
                         return sum;
                       }});
  functions.push_back({"rosenbrock", std::vector(2, number(-2, 2)), [](const SearchPoint& x) {
                         return 100 * std::pow(x[1] - x[0] * x[0], 2) + std::pow(1 - x[0], 2);
                       }});
  functions.push_back({"branin", {number(-5, 10), number(0, 15)}, [pi](const SearchPoint& x) {
                         const double a = x[1] - 5.1 / (4 * pi * pi) * x[0] * x[0] + 5 / pi * x[0] - 6;
                         return a * a + 10 * (1 - 1 / (8 * pi)) * std::cos(x[0]) + 10;
                       }});
  functions.push_back({"ackley", std::vector(3, number(-20, 30)), [pi](const SearchPoint& x) {
                         double squares = 0;
                         double cosines = 0;
                         for (const double v : x) {
                           squares += v * v / 3;
                           cosines += std::cos(2 * pi * v) / 3;
                         }
                         return 20 + std::exp(1.0) - 20 * std::exp(-0.2 * std::sqrt(squares)) -
                                std::exp(cosines);
                       }});
  SearchParameter rate = number(1e-5, 1e-1);
  rate.kind = SearchParameter::Kind::loguniform;
  SearchParameter mode;
  mode.kind = SearchParameter::Kind::choice;
  mode.choices = {"a", "b", "c", "d"};
  functions.push_back({"mixed", {rate, mode, number(0, 1)}, [](const SearchPoint& x) {
                         return std::pow(std::log10(x[0]) + 3, 2) + 0.5 * std::abs(x[1] - 2) +
                                std::pow(x[2] - 0.3, 2);
                       }});
  return functions;
}

double best_of(const TestFunction& function, int evaluations, std::uint64_t seed, bool estimate) {
  const TreeParzenEstimator estimator(function.space);
  std::vector<Observation> observations;
  double best = INFINITY;
  for (int i = 0; i < evaluations; ++i) {
    Random random{seed, static_cast<std::uint64_t>(i)};
    const SearchPoint point =
        estimate ? estimator.suggest(observations, random) : random_point(function.space, random);
    const double value = function.f(point);
    observations.push_back({point, -value});
    best = std::min(best, value);
  }
  return best;
}

TEST(TreeParzen, it_beats_random_search_on_every_test_function) {
  constexpr int kRuns = 25;
  constexpr int kEvaluations = 80;
  for (const TestFunction& function : test_functions()) {
    int wins = 0;
    std::vector<double> estimated, drawn;
    for (std::uint64_t seed = 0; seed < kRuns; ++seed) {
      estimated.push_back(best_of(function, kEvaluations, seed, true));
      drawn.push_back(best_of(function, kEvaluations, seed, false));
      wins += estimated.back() < drawn.back() ? 1 : 0;
    }
    std::sort(estimated.begin(), estimated.end());
    std::sort(drawn.begin(), drawn.end());
    EXPECT_LT(estimated[kRuns / 2], drawn[kRuns / 2]) << function.name;
    EXPECT_GT(wins, kRuns / 2) << function.name;
  }
}

TEST(TreeParzen, points_lie_in_the_space) {
  const TestFunction mixed = test_functions().back();
  const TreeParzenEstimator estimator(mixed.space);
  std::vector<Observation> observations;
  for (std::uint64_t i = 0; i < 100; ++i) {
    Random random{i};
    const SearchPoint point = estimator.suggest(observations, random);
    EXPECT_GE(point[0], 1e-5 * (1 - 1e-9));
    EXPECT_LE(point[0], 1e-1 * (1 + 1e-9));
    EXPECT_TRUE(point[1] == 0 || point[1] == 1 || point[1] == 2 || point[1] == 3);
    observations.push_back({point, -mixed.f(point)});
  }
}

TEST(MedianPruner, what_lies_below_the_median_of_enough_others_is_ended) {
  EXPECT_FALSE(below_median(0.1, {0.2, 0.3}));
  EXPECT_TRUE(below_median(0.1, {0.05, 0.2, 0.3, 0.4, 0.5}));
  EXPECT_FALSE(below_median(0.3, {0.05, 0.2, 0.3, 0.4, 0.5}));
  EXPECT_TRUE(below_median(0.24, {0.1, 0.2, 0.3, 0.4}, 4));
  EXPECT_FALSE(below_median(0.26, {0.1, 0.2, 0.3, 0.4}, 4));
}

TEST(SearchSpace, the_shipped_one_reads) {
  const auto space =
      read_search_space(std::filesystem::path(RESONANCE_SOURCE_DIR) / "config" / "search_space.yaml");
  ASSERT_EQ(space.size(), 5U);
  EXPECT_EQ(space[0].key, "train.lr");
  EXPECT_EQ(space[4].key, "fusion.mode");
  EXPECT_EQ(value_text(space[4], 2), "cross_attention");
  EXPECT_NEAR(from_unit(space[0], 0.5), 1e-4, 1e-10);
  EXPECT_NEAR(to_unit(space[0], 1e-4), 0.5, 1e-10);
}

TEST(SearchSpace, what_cannot_be_searched_is_named) {
  for (const char* text :
       {"lr: {distribution: normal, low: 1, high: 2}", "lr: {distribution: loguniform, low: 0, high: 1}",
        "lr: {distribution: uniform, low: 2, high: 1}", "rl: {distribution: uniform, low: 0, high: 1}",
        "fusion_mode: {choices: [sum]}", "temperature: {distribution: uniform, low: 0, high: 1}", "lr: 3",
        "- lr", "fusion_mode: {choices: []}", "lr: {distribution: uniform}"}) {
    EXPECT_THROW(parse_search_space(text, "test"), Error) << text;
  }
}

TEST(OptunaJournal, each_line_is_an_operation_that_optuna_knows) {
  const resonance::testing::TemporaryDirectory folder;
  const std::vector<SearchParameter> space = parse_search_space(
      "lr: {distribution: loguniform, low: 1.0e-5, high: 1.0e-3}\nfusion_mode: {choices: [gated_add, "
      "gated_concat]}",
      "test");
  {
    OptunaJournal journal(folder / "journal.log", "study");
    EXPECT_EQ(journal.begin_trial(space, {1e-4, 1}), 0);
    journal.report(0, 1, 0.5);
    journal.finish(0, TrialState::pruned, 0.5);
    EXPECT_EQ(journal.begin_trial(space, {1e-4, 0}), 1);
  }
  std::istringstream lines(read_file(folder / "journal.log", 1 << 20));
  std::vector<int> operations;
  for (std::string line; std::getline(lines, line);) {
    const auto entry = nlohmann::json::parse(line);
    operations.push_back(entry.at("op_code").get<int>());
    EXPECT_TRUE(entry.contains("worker_id"));
  }
  EXPECT_EQ(operations, (std::vector<int>{0, 4, 5, 5, 7, 6, 4, 5, 5}));
}

}  // namespace
}  // namespace resonance::training
