#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

/// How good answers are: pure functions over rankings, labels and numbers. N items, Q queries.
namespace resonance::evaluation {

/// What an item is to one query.
enum class Role : std::uint8_t {
  excluded,   ///< never part of the answer: the query itself, what a filter takes out
  candidate,  ///< may be found, and is wrong
  relevant,   ///< may be found, and is right
};

/// What one ranking is worth, each in [0, 1].
enum class Metric : std::uint8_t {
  recall_at_1,  ///< whether anything right is among the first K (1 or 0): what metric learning calls Recall@K
  recall_at_5,
  recall_at_10,
  recall_at_20,
  precision_at_5,  ///< share of the first five that is right (of all candidates, where there are fewer)
  mrr,             ///< reciprocal rank of the first that is right
  map,             ///< mean precision at the ranks of all that are right, over the whole ranking
};
inline constexpr std::size_t kMetrics = 7;

/// E.g. "recall@5". Precision@1 is recall@1.
std::string_view name_of(Metric metric);

using RankingScore = std::array<double, kMetrics>;

/// Candidates by score, best first; ties, and scores that are no numbers (last), in the order of the items.
/// @param scores  N, the greater the more alike
/// @param roles   N
/// @return positions of all that are not excluded
std::vector<std::size_t> ranking_of(std::span<const double> scores, std::span<const Role> roles);

/// @param ranking  positions of all candidates, best first
/// @param roles    N, of which at least one is relevant
RankingScore score_ranking(std::span<const std::size_t> ranking, std::span<const Role> roles);

}  // namespace resonance::evaluation
