#include "resonance/engine/content_match.h"

#include <map>
#include <optional>
#include <string_view>
#include <unordered_map>
#include <unordered_set>

namespace resonance::engine {
namespace {

using Tracks = std::multimap<ContentHash, std::int64_t>;  // content to key

std::optional<std::int64_t> take(Tracks& tracks, const ContentHash& hash) {
  const auto found = tracks.find(hash);
  if (found == tracks.end()) return std::nullopt;
  const std::int64_t key = found->second;
  tracks.erase(found);
  return key;
}

}  // namespace

ContentMatch match_content(const ScanPlan& plan, const std::vector<ProbedFile>& probed,
                           const std::vector<catalog::KnownFile>& known) {
  std::unordered_map<std::string_view, const ProbedFile*> at_path;
  for (const ProbedFile& file : probed) at_path.emplace(plan.work[file.work].file.path, &file);
  const std::unordered_set<std::int64_t> missing(plan.missing.begin(), plan.missing.end());

  Tracks missing_tracks;
  Tracks displaced_tracks;
  std::unordered_map<std::string_view, std::int64_t> same_at_path;
  std::map<ContentHash, std::int64_t> anywhere;
  for (const catalog::KnownFile& track : known) {
    if (track.key == 0) continue;  // a failure has no content
    anywhere.emplace(track.hash, track.key);
    const auto found = at_path.find(track.path);
    if (found != at_path.end()) {
      if (found->second->hash == track.hash) {
        same_at_path.emplace(track.path, track.key);
      } else {
        displaced_tracks.emplace(track.hash, track.key);
      }
    } else if (missing.contains(track.key)) {
      missing_tracks.emplace(track.hash, track.key);
    }
  }

  ContentMatch match;
  match.settled.resize(plan.work.size());
  for (std::size_t i = 0; i < probed.size(); ++i) {
    const ProbedFile& file = probed[i];
    const ScannedFile& place = plan.work[file.work].file;
    std::optional<std::int64_t> key;
    if (const auto same = same_at_path.find(place.path); same != same_at_path.end()) {
      key = same->second;
    } else {
      key = take(missing_tracks, file.hash);
      if (!key) key = take(displaced_tracks, file.hash);
      if (key) ++match.moved;
    }
    if (key) {
      match.updates.push_back({*key, place.path, place.stamp, file.tags});
    } else if (const auto original = anywhere.find(file.hash); original != anywhere.end()) {
      match.copies.push_back({i, original->second});
    } else {
      continue;
    }
    match.settled[file.work] = true;
  }
  for (const auto& [hash, key] : missing_tracks) match.gone.push_back(key);
  return match;
}

}  // namespace resonance::engine
