#include "resonance/ranking/rerank.h"

#include "resonance/core/error.h"
#include "resonance/ranking/diverse_selection.h"
#include "resonance/ranking/mutual_proximity.h"
#include "resonance/ranking/vector_math.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <string>
#include <unordered_map>
#include <unordered_set>

namespace resonance::ranking {
namespace {

// A candidate that is still in the race.
struct Entry {
  std::size_t candidate = 0;
  double distance = 0;        // what is sorted by, ascending: minus similarity, or mutual distance
  std::vector<float> scaled;  // embedding times the factors; empty without factors
  SimilarityStatistics statistics;
};

class Reranker {
 public:
  Reranker(std::span<const Candidate> candidates, const RerankContext& context,
           const RerankSettings& settings)
      : candidates_(candidates), context_(context), settings_(settings) {
    check();
  }

  std::vector<RankedCandidate> run() {
    keep_permitted();
    score();
    std::sort(entries_.begin(), entries_.end(), [&](const Entry& a, const Entry& b) { return before(a, b); });
    if (settings_.duplicates) drop_duplicates(*settings_.duplicates);
    return choose();
  }

 private:
  [[nodiscard]] bool suppresses_hubs() const { return !context_.hub_sample.empty(); }
  [[nodiscard]] const Candidate& of(const Entry& entry) const { return candidates_[entry.candidate]; }

  void check() const {
    const std::size_t dimensions = candidates_.empty() ? 0 : candidates_.front().embedding.size();
    for (const Candidate& candidate : candidates_) {
      if (!std::isfinite(candidate.score)) {
        throw Error(ErrorCode::invalid_argument, "the score of track " + candidate.id + " is not a number");
      }
      if (candidate.embedding.size() != dimensions) refuse_dimensions();
    }
    for (const Candidate& seed : context_.seeds) {
      if (settings_.duplicates && !candidates_.empty() && seed.embedding.size() != dimensions) {
        refuse_dimensions();
      }
    }
    if (candidates_.empty()) return;
    if (!context_.factors.empty() && context_.factors.size() != dimensions) refuse_dimensions();
    if (suppresses_hubs() && context_.query.size() != dimensions) refuse_dimensions();
  }

  [[noreturn]] static void refuse_dimensions() {
    throw Error(ErrorCode::invalid_argument, "candidates, query and factors have different dimensions");
  }

  void keep_permitted() {
    std::unordered_set<std::string> ids;
    std::unordered_set<std::string> artists;
    for (const Candidate& seed : context_.seeds) {
      ids.insert(seed.id);
      if (settings_.without_seed_artists) artists.insert(artist_identity(seed.facts.tags));
    }
    artists.erase("");
    for (std::size_t i = 0; i < candidates_.size(); ++i) {
      const Candidate& candidate = candidates_[i];
      if (ids.contains(candidate.id)) continue;
      if (settings_.min_score && candidate.score < *settings_.min_score) continue;
      if (!artists.empty() && artists.contains(artist_identity(candidate.facts.tags))) continue;
      Entry entry;
      entry.candidate = i;
      if (!context_.factors.empty()) {
        entry.scaled.assign(candidate.embedding.begin(), candidate.embedding.end());
        for (std::size_t d = 0; d < entry.scaled.size(); ++d) entry.scaled[d] *= context_.factors[d];
      }
      entries_.push_back(std::move(entry));
    }
  }

  // <a, b> under the query's modality weights.
  [[nodiscard]] double similarity(const Entry& a, std::span<const float> b) const {
    return inner_product(a.scaled.empty() ? of(a).embedding : std::span<const float>(a.scaled), b);
  }

  void score() {
    SimilarityStatistics query;
    if (suppresses_hubs()) {
      std::vector<std::span<const float>> seeds;
      seeds.reserve(context_.seeds.size());
      for (const Candidate& seed : context_.seeds) seeds.push_back(seed.embedding);
      query = similarity_statistics(context_.query, context_.hub_sample, seeds);
    }
    for (Entry& entry : entries_) {
      entry.distance = -double{of(entry).score};
      if (!suppresses_hubs()) continue;
      const std::span<const float> own = entry.scaled.empty() ? of(entry).embedding : entry.scaled;
      const std::array<std::span<const float>, 1> unweighted{of(entry).embedding};
      entry.statistics = similarity_statistics(own, context_.hub_sample, unweighted);
      entry.distance = mutual_distance(double{of(entry).score}, query, entry.statistics);
    }
  }

  [[nodiscard]] bool before(const Entry& a, const Entry& b) const {
    if (a.distance != b.distance) return a.distance < b.distance;
    if (of(a).score != of(b).score) return of(a).score > of(b).score;  // both at the end of what doubles tell
    if (of(a).id != of(b).id) return of(a).id < of(b).id;
    return of(a).row < of(b).row;
  }

  void drop_duplicates(const DuplicateRule& rule) {
    std::vector<Entry> kept;
    for (Entry& entry : entries_) {
      const bool of_seed =
          std::any_of(context_.seeds.begin(), context_.seeds.end(),
                      [&](const Candidate& seed) { return are_duplicates(of(entry), seed, rule); });
      const bool of_better = std::any_of(kept.begin(), kept.end(), [&](const Entry& better) {
        return are_duplicates(of(entry), of(better), rule);
      });
      if (!of_seed && !of_better) kept.push_back(std::move(entry));
    }
    entries_ = std::move(kept);
  }

  template <typename Identity>
  [[nodiscard]] Cap cap(std::size_t most, const Identity& identity) const {
    Cap result;
    result.most = most;
    std::unordered_map<std::string, std::size_t> groups;
    const auto group_of = [&](const Candidate& candidate) {
      const std::string name = identity(candidate.facts.tags);
      return name.empty() ? Cap::kUngrouped : groups.try_emplace(name, groups.size()).first->second;
    };
    for (const Entry& entry : entries_) result.group_of.push_back(group_of(of(entry)));
    if (settings_.seeds_use_caps) {
      for (const Candidate& seed : context_.seeds) result.taken.push_back(group_of(seed));
    }
    return result;
  }

  [[nodiscard]] std::vector<RankedCandidate> choose() const {
    std::vector<Cap> caps;
    if (settings_.most_per_artist > 0) caps.push_back(cap(settings_.most_per_artist, artist_identity));
    if (settings_.most_per_album > 0) caps.push_back(cap(settings_.most_per_album, album_identity));
    std::vector<double> relevance;
    for (const Entry& entry : entries_) {
      relevance.push_back(suppresses_hubs() ? 1 - entry.distance : -entry.distance);
    }
    const auto between = [&](std::size_t i, std::size_t j) {
      const double product = similarity(entries_[i], of(entries_[j]).embedding);
      if (!suppresses_hubs()) return product;
      return 1 - mutual_distance(product, entries_[i].statistics, entries_[j].statistics);
    };
    std::vector<RankedCandidate> ranked;
    for (const std::size_t i :
         diverse_selection(relevance, between, settings_.diversity, settings_.count, caps)) {
      ranked.push_back({entries_[i].candidate, relevance[i]});
    }
    return ranked;
  }

  std::span<const Candidate> candidates_;
  const RerankContext& context_;
  const RerankSettings& settings_;
  std::vector<Entry> entries_;
};

}  // namespace

std::vector<RankedCandidate> rerank(std::span<const Candidate> candidates, const RerankContext& context,
                                    const RerankSettings& settings) {
  return Reranker(candidates, context, settings).run();
}

}  // namespace resonance::ranking
