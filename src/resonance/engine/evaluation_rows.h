#pragma once

#include "resonance/engine/contender.h"
#include "resonance/engine/evaluate.h"
#include "resonance/evaluation/ranking_score.h"
#include "resonance/evaluation/retrieval_task.h"

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace resonance::engine {

/// What one row of a table is made of: a score a query.
struct RowScores {
  std::string name;
  std::vector<evaluation::RankingScore> queries;
  std::optional<double> diversity;
};

/// A contender at several tasks over its N items, plain and in each variant that is asked for:
/// - prf: the query and its first N candidates (ranking::feedback_query);
/// - alpha: the same, weighted by similarity^alpha (ranking::alpha_query); "alpha database": every item
/// expanded by its
///   ten nearest, whoever they are by (ranking::alpha_augmented);
/// - mmr: the first 20 chosen by maximal marginal relevance from the first 100, the rest as it is;
/// - no hubs: mutual proximity over a sample of 500 items (ranking::mutual_distance).
/// @return rows a task. Variants are of contenders with embeddings; others have the plain row only.
std::vector<std::vector<RowScores>> evaluate_contender(const Contender& contender,
                                                       const std::vector<evaluation::RetrievalTask>& tasks,
                                                       const EvaluateRequest& request,
                                                       const std::stop_token& stop);

/// Names of the rows that a contender has.
std::vector<std::string> row_names(const std::string& contender, bool with_embeddings,
                                   const EvaluateRequest& request);

/// Means, intervals and paired differences of rows that answer the same queries.
/// @param clusters  one number a query
void fill_table(EvaluationTable& table, const std::vector<RowScores>& rows,
                const std::vector<std::size_t>& clusters,
                const std::vector<std::array<std::string, 2>>& pairs);

}  // namespace resonance::engine
