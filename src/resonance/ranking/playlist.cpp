#include "resonance/ranking/playlist.h"

#include "resonance/core/error.h"
#include "resonance/ranking/cheapest_order.h"

#include <algorithm>
#include <cmath>
#include <unordered_set>

namespace resonance::ranking {
namespace {

double duration_of(const Candidate& track) { return double{track.facts.description.duration_s}; }

// The list while it grows to its length.
class Length {
 public:
  explicit Length(const PlaylistSettings& settings) : settings_(&settings) {
    if (settings.duration_s && !(*settings.duration_s > 0 && std::isfinite(*settings.duration_s))) {
      throw Error(ErrorCode::invalid_argument, "a playlist's duration is a positive number of seconds");
    }
  }
  void add(const Candidate& track) {
    ++count_;
    duration_s_ += duration_of(track);
  }
  [[nodiscard]] bool admits(const Candidate& next) const {
    if (!settings_->duration_s) return count_ < settings_->length;
    const double missing = *settings_->duration_s - duration_s_;
    return duration_of(next) - missing < missing;  // nearer with it than without
  }
  [[nodiscard]] bool is_short() const {
    if (!settings_->duration_s) return count_ < settings_->length;
    return duration_s_ < 0.9 * *settings_->duration_s;
  }
  [[nodiscard]] double duration_s() const { return duration_s_; }
  [[nodiscard]] std::string note() const {
    const bool directed = settings_->flow.tempo != Direction::any || settings_->flow.energy != Direction::any;
    const std::string reason = directed ? " fit and lie in the wanted direction" : " fit";
    if (!settings_->duration_s) {
      return "only " + std::to_string(count_) + " of " + std::to_string(settings_->length) +
             " tracks: no others" + reason;
    }
    return "only " + std::to_string(std::lround(duration_s_ / 60)) + " of " +
           std::to_string(std::lround(*settings_->duration_s / 60)) + " minutes: no other tracks" + reason;
  }

 private:
  const PlaylistSettings* settings_;
  std::size_t count_ = 0;
  double duration_s_ = 0;
};

// Seeds, each once, and candidates in one row.
std::vector<Candidate> all_tracks(std::span<const Candidate> seeds, std::span<const Candidate> candidates) {
  std::vector<Candidate> tracks(seeds.begin(), seeds.end());
  tracks.insert(tracks.end(), candidates.begin(), candidates.end());
  return tracks;
}

std::vector<RankedCandidate> ranked(std::span<const Candidate> candidates, const RerankContext& context,
                                    const PlaylistSettings& settings) {
  RerankSettings choice = settings.choice;
  choice.seeds_use_caps = settings.with_seeds;
  choice.count = settings.length;
  // How many make up a duration is seen when they are added.
  if (settings.duration_s) choice.count = candidates.size();
  return rerank(candidates, context, choice);
}

std::vector<std::size_t> in_order(const std::vector<std::size_t>& chosen, const FlowCost& cost,
                                  const FlowSettings& flow) {
  if (chosen.empty()) return chosen;
  const auto step = [&](std::size_t from, std::size_t to) { return cost(from, to); };
  const bool directed = flow.tempo != Direction::any || flow.energy != Direction::any;
  std::vector<std::size_t> start = chosen;
  if (directed) {
    std::stable_sort(start.begin() + 1, start.end(),
                     [&](std::size_t a, std::size_t b) { return cost.progress(a) < cost.progress(b); });
  } else {
    start = nearest_neighbour_order(chosen, step, {.first = true});
  }
  return improved_order(start, step, {.first = true});
}

}  // namespace

Playlist make_playlist(std::span<const Candidate> candidates, const RerankContext& context,
                       const PlaylistSettings& settings) {
  const std::vector<Candidate> tracks = all_tracks(context.seeds, candidates);
  const FlowCost cost(tracks, settings.flow);
  const std::size_t seeds = context.seeds.size();

  // A direction counts from the first track, which is the best candidate if it is no seed.
  std::vector<std::size_t> ahead;
  const auto keep_ahead_of = [&](std::size_t first) {
    ahead.clear();
    for (std::size_t i = seeds; i < tracks.size(); ++i) {
      if (i == first || cost.is_ahead(first, i)) ahead.push_back(i);
    }
  };
  if (seeds > 0) {
    keep_ahead_of(0);
  } else {
    const std::vector<RankedCandidate> best = ranked(candidates, context, settings);
    if (!best.empty()) keep_ahead_of(best.front().candidate);
  }

  Length length(settings);
  Playlist playlist;
  const auto add = [&](std::size_t track) {
    playlist.tracks.push_back(track);
    length.add(tracks[track]);
  };
  if (settings.with_seeds) {
    std::unordered_set<std::string> ids;
    for (std::size_t i = 0; i < seeds && length.admits(tracks[i]); ++i) {
      if (ids.insert(tracks[i].id).second) add(i);
    }
  }
  std::vector<Candidate> pool;
  pool.reserve(ahead.size());
  for (const std::size_t track : ahead) pool.push_back(tracks[track]);
  for (const RankedCandidate& next : ranked(pool, context, settings)) {
    if (length.admits(pool[next.candidate])) add(ahead[next.candidate]);
  }
  if (length.is_short()) playlist.note = length.note();
  playlist.duration_s = length.duration_s();
  if (settings.in_flowing_order) playlist.tracks = in_order(playlist.tracks, cost, settings.flow);
  return playlist;
}

}  // namespace resonance::ranking
