#include "resonance/engine/evaluation_rows.h"

#include "resonance/engine/workers.h"
#include "resonance/ranking/diverse_selection.h"
#include "resonance/ranking/expansion.h"
#include "resonance/ranking/mutual_proximity.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <functional>
#include <utility>

namespace resonance::engine {
namespace {

using evaluation::Role;
using Ranking = std::vector<std::size_t>;
using Roles = std::span<const Role>;

constexpr std::size_t kExpandedBy = 10;  // where --alpha is given alone, and of the database
constexpr std::size_t kDiverseFrom = 100;
constexpr std::size_t kDiverse = 20;
constexpr std::size_t kHubSample = 500;
constexpr std::size_t kJudgedForDiversity = 10;
constexpr std::size_t kMostKept = 8000;  // items whose similarities are all kept: 256 MB

std::string short_text(double value) {
  std::array<char, 32> digits{};
  const auto [end, problem] = std::to_chars(digits.data(), digits.data() + digits.size(), value);
  return {digits.data(), problem == std::errc() ? end : digits.data()};
}

std::size_t alpha_neighbours(const EvaluateRequest& request) {
  return request.feedback > 0 ? request.feedback : kExpandedBy;
}

/// A contender with all that its variants need, made once. Thread-safe.
class Variants {
 public:
  Variants(const Contender& contender, const EvaluateRequest& request)
      : contender_(contender), names_(row_names(contender.name, contender.has_embeddings(), request)) {
    keep_similarities(request.jobs);
    const auto add = [this](auto ranker) { rankers_.emplace_back(ranker); };
    add([this](std::size_t query, Roles roles) { return plain(query, roles); });
    if (!contender.has_embeddings()) return;
    if (request.feedback > 0) {
      add([this, count = request.feedback](std::size_t q, Roles roles) {
        return expanded(q, roles, count, 0);
      });
    }
    if (request.alpha) {
      add([this, count = alpha_neighbours(request), alpha = *request.alpha](std::size_t q, Roles roles) {
        return expanded(q, roles, count, alpha);
      });
      augment(*request.alpha, alpha_neighbours(request));
      add([this](std::size_t q, Roles roles) {
        return evaluation::ranking_of(products(augmented_.row(q), augmented_), roles);
      });
    }
    if (request.diverse) {
      add([this, weight = request.diversity](std::size_t q, Roles roles) {
        return diverse(q, roles, weight);
      });
    }
    if (request.without_hubs) {
      measure_hubs();
      add([this](std::size_t q, Roles roles) { return without_hubs(q, roles); });
    }
  }

  [[nodiscard]] const std::vector<std::string>& names() const { return names_; }
  [[nodiscard]] Ranking ranking(std::size_t variant, std::size_t query, Roles roles) const {
    return rankers_[variant](query, roles);
  }
  /// 1 - the mean cosine of each two of the first ten.
  [[nodiscard]] double diversity(std::span<const std::size_t> ranking) const {
    const std::size_t count = std::min(kJudgedForDiversity, ranking.size());
    if (count < 2) return 0;
    double sum = 0;
    for (std::size_t i = 0; i < count; ++i) {
      for (std::size_t j = 0; j < i; ++j) sum += 1 - similarity(ranking[i], ranking[j]);
    }
    return sum / (static_cast<double>(count * (count - 1)) / 2);
  }

 private:
  using Ranker = std::function<Ranking(std::size_t, Roles)>;

  /// Every query asks for its scores at each task and in each variant.
  void keep_similarities(unsigned jobs) {
    const std::size_t items = contender_.embeddings.rows();
    if (items == 0 || items > kMostKept) return;
    similarity_ = Matrix(items, items);
    run_workers(jobs, items, {}, [&](std::size_t r) {
      const std::vector<double> scores = contender_.scores(r);
      std::copy(scores.begin(), scores.end(), similarity_.row(r).begin());
    });
  }

  [[nodiscard]] std::vector<double> scores_of(std::size_t query) const {
    if (similarity_.empty()) return contender_.scores(query);
    const auto row = similarity_.row(query);
    return {row.begin(), row.end()};
  }

  [[nodiscard]] double similarity(std::size_t a, std::size_t b) const {
    if (!similarity_.empty()) return similarity_(a, b);
    const auto left = contender_.embeddings.row(a);
    const auto right = contender_.embeddings.row(b);
    double sum = 0;
    for (std::size_t d = 0; d < left.size(); ++d) sum += double{left[d]} * double{right[d]};
    return sum;
  }

  [[nodiscard]] Ranking plain(std::size_t query, Roles roles) const {
    return evaluation::ranking_of(scores_of(query), roles);
  }

  [[nodiscard]] Ranking expanded(std::size_t query, Roles roles, std::size_t count, float alpha) const {
    const std::vector<double> scores = scores_of(query);
    const Ranking first = evaluation::ranking_of(scores, roles);
    std::vector<ranking::SimilarVector> neighbours;
    for (std::size_t i = 0; i < std::min(count, first.size()); ++i) {
      neighbours.push_back({contender_.embeddings.row(first[i]), static_cast<float>(scores[first[i]])});
    }
    const auto vector = ranking::alpha_query(contender_.embeddings.row(query), neighbours, alpha);
    return evaluation::ranking_of(products(vector, contender_.embeddings), roles);
  }

  void augment(float alpha, std::size_t count) {
    const Matrix& rows = contender_.embeddings;
    std::vector<std::vector<ranking::RowNeighbour>> neighbours(rows.rows());
    for (std::size_t r = 0; r < rows.rows(); ++r) {
      std::vector<Role> roles(rows.rows(), Role::candidate);
      roles[r] = Role::excluded;
      const std::vector<double> scores = scores_of(r);
      const Ranking nearest = evaluation::ranking_of(scores, roles);
      for (std::size_t i = 0; i < std::min(count, nearest.size()); ++i) {
        neighbours[r].push_back({nearest[i], static_cast<float>(scores[nearest[i]])});
      }
    }
    augmented_ = ranking::alpha_augmented(rows.values(), rows.cols(), neighbours, alpha);
  }

  [[nodiscard]] Ranking diverse(std::size_t query, Roles roles, double weight) const {
    const std::vector<double> scores = scores_of(query);
    Ranking ranking = evaluation::ranking_of(scores, roles);
    std::vector<double> relevance;
    for (std::size_t i = 0; i < std::min(kDiverseFrom, ranking.size()) && std::isfinite(scores[ranking[i]]);
         ++i) {
      relevance.push_back(scores[ranking[i]]);
    }
    const auto chosen = ranking::diverse_selection(
        relevance, [&](std::size_t a, std::size_t b) { return similarity(ranking[a], ranking[b]); }, weight,
        kDiverse, {});
    Ranking result;
    std::vector<bool> taken(ranking.size());
    for (const std::size_t i : chosen) {
      result.push_back(ranking[i]);
      taken[i] = true;
    }
    for (std::size_t i = 0; i < ranking.size(); ++i) {
      if (!taken[i]) result.push_back(ranking[i]);
    }
    return result;
  }

  void measure_hubs() {
    const Matrix& rows = contender_.embeddings;
    const std::size_t wanted = std::min(kHubSample, rows.rows());
    std::vector<float> sample;
    for (std::size_t i = 0; i < wanted; ++i) {
      const auto row = rows.row(i * rows.rows() / wanted);
      sample.insert(sample.end(), row.begin(), row.end());
    }
    for (std::size_t r = 0; r < rows.rows(); ++r) {
      usual_.push_back(ranking::similarity_statistics(rows.row(r), sample));
    }
  }

  [[nodiscard]] Ranking without_hubs(std::size_t query, Roles roles) const {
    std::vector<double> scores = scores_of(query);
    for (std::size_t i = 0; i < scores.size(); ++i) {
      scores[i] = -ranking::mutual_distance(scores[i], usual_[query], usual_[i]);
    }
    return evaluation::ranking_of(scores, roles);
  }

  const Contender& contender_;
  std::vector<std::string> names_;
  std::vector<Ranker> rankers_;
  Matrix similarity_;  // N x N, or empty
  Matrix augmented_;
  std::vector<ranking::SimilarityStatistics> usual_;
};

std::vector<double> values_of(const RowScores& row, std::size_t metric) {
  std::vector<double> values;
  for (const evaluation::RankingScore& score : row.queries) values.push_back(score[metric]);
  return values;
}

const RowScores* row_named(const std::vector<RowScores>& rows, const std::string& name) {
  const auto found =
      std::find_if(rows.begin(), rows.end(), [&](const RowScores& row) { return row.name == name; });
  return found == rows.end() ? nullptr : &*found;
}

}  // namespace

std::vector<std::vector<RowScores>> evaluate_contender(const Contender& contender,
                                                       const std::vector<evaluation::RetrievalTask>& tasks,
                                                       const EvaluateRequest& request,
                                                       const std::stop_token& stop) {
  const Variants variants(contender, request);
  const std::size_t count = variants.names().size();
  std::vector<std::vector<RowScores>> result(tasks.size());
  for (std::size_t t = 0; t < tasks.size(); ++t) {
    const auto& queries = tasks[t].queries();
    result[t].resize(count);
    std::vector<std::vector<double>> diversity(count, std::vector<double>(queries.size()));
    for (std::size_t v = 0; v < count; ++v) {
      result[t][v].name = variants.names()[v];
      result[t][v].queries.resize(queries.size());
    }
    run_workers(request.jobs, queries.size(), stop, [&](std::size_t q) {
      const std::vector<Role> roles = tasks[t].roles(queries[q]);
      for (std::size_t v = 0; v < count; ++v) {
        const Ranking ranking = variants.ranking(v, queries[q], roles);
        result[t][v].queries[q] = evaluation::score_ranking(ranking, roles);
        if (count > 1) diversity[v][q] = variants.diversity(ranking);
      }
    });
    for (std::size_t v = 0; v < count && count > 1 && !queries.empty(); ++v) {
      double sum = 0;
      for (const double value : diversity[v]) sum += value;
      result[t][v].diversity = sum / static_cast<double>(queries.size());
    }
  }
  return result;
}

std::vector<std::string> row_names(const std::string& contender, bool with_embeddings,
                                   const EvaluateRequest& request) {
  std::vector<std::string> names{contender};
  if (!with_embeddings) return names;
  const std::string plus = contender + " + ";
  if (request.feedback > 0) names.push_back(plus + "prf " + std::to_string(request.feedback));
  if (request.alpha) {
    names.push_back(plus + "alpha " + short_text(*request.alpha));
    names.push_back(names.back() + " database");
  }
  if (request.diverse) names.push_back(plus + "mmr " + short_text(request.diversity));
  if (request.without_hubs) names.push_back(plus + "no hubs");
  return names;
}

void fill_table(EvaluationTable& table, const std::vector<RowScores>& rows,
                const std::vector<std::size_t>& clusters,
                const std::vector<std::array<std::string, 2>>& pairs) {
  const evaluation::ClusterBootstrap bootstrap(clusters);
  for (const RowScores& row : rows) {
    EvaluationRow& out = table.rows.emplace_back();
    out.name = row.name;
    out.diversity = row.diversity;
    for (std::size_t m = 0; m < evaluation::kMetrics; ++m)
      out.metrics[m] = bootstrap.interval(values_of(row, m));
  }
  for (const auto& [first, second] : pairs) {
    const RowScores* a = row_named(rows, first);
    const RowScores* b = row_named(rows, second);
    if (a == nullptr || b == nullptr) continue;
    EvaluationDifference& out = table.differences.emplace_back();
    out.first = first;
    out.second = second;
    for (std::size_t m = 0; m < evaluation::kMetrics; ++m) {
      std::vector<double> values = values_of(*b, m);
      const std::vector<double> less = values_of(*a, m);
      for (std::size_t q = 0; q < values.size(); ++q) values[q] -= less[q];
      out.metrics[m] = bootstrap.interval(values);
    }
  }
}

}  // namespace resonance::engine
