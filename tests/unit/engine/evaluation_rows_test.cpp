#include "resonance/engine/evaluation_rows.h"

#include <cmath>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace resonance::engine {
namespace {

using evaluation::Metric;
using ::testing::ElementsAre;

/// Items on a circle, at these angles.
Contender circle(const std::vector<double>& degrees) {
  Contender contender;
  contender.name = "circle";
  contender.embeddings = Matrix(degrees.size(), 2);
  for (std::size_t i = 0; i < degrees.size(); ++i) {
    contender.embeddings(i, 0) = static_cast<float>(std::cos(degrees[i] / 180 * std::acos(-1)));
    contender.embeddings(i, 1) = static_cast<float>(std::sin(degrees[i] / 180 * std::acos(-1)));
  }
  return contender;
}

double mean(const RowScores& row, Metric metric) {
  double sum = 0;
  for (const auto& score : row.queries) sum += score.at(static_cast<std::size_t>(metric));
  return sum / static_cast<double>(row.queries.size());
}

// The query at 0 looks for a at 14 and 30; b at -20 is nearer than the second a until feedback pulls towards
// a.
TEST(EvaluationRows, feedback_pulls_the_query_towards_what_it_found) {
  const Contender contender = circle({0, 14, 30, -20, 180});
  const std::vector<evaluation::RetrievalTask> tasks{
      evaluation::RetrievalTask({.label = {"a", "a", "a", "b", "c"}}, evaluation::ArtistFilter::none)};
  EvaluateRequest request;
  request.feedback = 1;
  request.jobs = 1;
  const auto rows = evaluate_contender(contender, tasks, request, {});
  ASSERT_EQ(rows.size(), 1U);
  ASSERT_EQ(rows[0].size(), 2U);
  EXPECT_EQ(rows[0][1].name, "circle + prf 1");
  const auto map_of_first = [&](std::size_t row) {
    return rows[0][row].queries[0].at(static_cast<std::size_t>(Metric::map));
  };
  EXPECT_DOUBLE_EQ(map_of_first(0), (1 + 2.0 / 3) / 2);
  EXPECT_DOUBLE_EQ(map_of_first(1), 1);
}

TEST(EvaluationRows, mmr_finds_more_different_things_and_keeps_the_first) {
  std::vector<double> degrees;
  std::vector<std::string> labels;
  for (int i = 0; i < 30; ++i) {
    degrees.push_back(i < 15 ? i * 0.5 : 60 + i);
    labels.emplace_back(i % 2 == 0 ? "a" : "b");
  }
  const std::vector<evaluation::RetrievalTask> tasks{
      evaluation::RetrievalTask({.label = labels}, evaluation::ArtistFilter::none)};
  EvaluateRequest request;
  request.diverse = true;
  request.diversity = 0.5;
  const auto rows = evaluate_contender(circle(degrees), tasks, request, {});
  EXPECT_GT(*rows[0][1].diversity, 2 * *rows[0][0].diversity);
  EXPECT_EQ(mean(rows[0][1], Metric::recall_at_1), mean(rows[0][0], Metric::recall_at_1));
}

TEST(EvaluationRows, names_are_those_of_the_rows) {
  EvaluateRequest request;
  request.feedback = 1;
  request.alpha = 3.0F;
  request.diverse = true;
  request.without_hubs = true;
  const std::vector<evaluation::RetrievalTask> tasks{
      evaluation::RetrievalTask({.label = {"a", "a", "b", "b"}}, evaluation::ArtistFilter::none)};
  const auto rows = evaluate_contender(circle({0, 10, 90, 100}), tasks, request, {});
  std::vector<std::string> names;
  for (const RowScores& row : rows[0]) {
    names.push_back(row.name);
    EXPECT_EQ(mean(row, Metric::recall_at_1), 1) << row.name;
  }
  EXPECT_EQ(names, row_names("circle", true, request));
  EXPECT_THAT(row_names("x", false, request), ElementsAre("x"));
}

TEST(EvaluationRows, a_difference_is_second_minus_first) {
  const std::vector<RowScores> rows{{.name = "worse", .queries = {{0, 1}, {0, 1}}, .diversity = {}},
                                    {.name = "better", .queries = {{1, 1}, {0, 1}}, .diversity = {}}};
  EvaluationTable table;
  fill_table(table, rows, {0, 1}, {{"worse", "better"}});
  ASSERT_EQ(table.differences.size(), 1U);
  EXPECT_DOUBLE_EQ(table.differences[0].metrics[0].mean, 0.5);
  EXPECT_DOUBLE_EQ(table.differences[0].metrics[0].low, 0);
  EXPECT_DOUBLE_EQ(table.differences[0].metrics[0].high, 1);
  EXPECT_DOUBLE_EQ(table.differences[0].metrics[1].mean, 0);
}

}  // namespace
}  // namespace resonance::engine
