#include "resonance/evaluation/ranking_score.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <limits>

namespace resonance::evaluation {
namespace {

constexpr std::array<std::size_t, 4> kDepths{1, 5, 10, 20};
constexpr std::size_t kPrecisionDepth = 5;

}  // namespace

std::string_view name_of(Metric metric) {
  constexpr std::array<std::string_view, kMetrics> kNames{"recall@1",    "recall@5", "recall@10", "recall@20",
                                                          "precision@5", "mrr",      "map"};
  return kNames.at(static_cast<std::size_t>(metric));
}

std::vector<std::size_t> ranking_of(std::span<const double> scores, std::span<const Role> roles) {
  assert(scores.size() == roles.size());
  std::vector<std::size_t> ranking;
  for (std::size_t i = 0; i < roles.size(); ++i) {
    if (roles[i] != Role::excluded) ranking.push_back(i);
  }
  const auto comparable = [&](std::size_t i) {
    return std::isnan(scores[i]) ? -std::numeric_limits<double>::infinity() : scores[i];
  };
  std::sort(ranking.begin(), ranking.end(), [&](std::size_t a, std::size_t b) {
    const double left = comparable(a);
    const double right = comparable(b);
    return left != right ? left > right : a < b;
  });
  return ranking;
}

RankingScore score_ranking(std::span<const std::size_t> ranking, std::span<const Role> roles) {
  RankingScore score{};
  double found = 0;
  double precisions = 0;
  double found_early = 0;
  for (std::size_t rank = 1; rank <= ranking.size(); ++rank) {
    if (roles[ranking[rank - 1]] != Role::relevant) continue;
    found += 1;
    precisions += found / static_cast<double>(rank);
    if (rank <= kPrecisionDepth) found_early += 1;
    if (found > 1) continue;
    for (std::size_t k = 0; k < kDepths.size(); ++k) score[k] = rank <= kDepths[k] ? 1 : 0;
    score[static_cast<std::size_t>(Metric::mrr)] = 1.0 / static_cast<double>(rank);
  }
  assert(found > 0);
  score[static_cast<std::size_t>(Metric::precision_at_5)] =
      found_early / static_cast<double>(std::min(kPrecisionDepth, ranking.size()));
  score[static_cast<std::size_t>(Metric::map)] = precisions / found;
  return score;
}

}  // namespace resonance::evaluation
