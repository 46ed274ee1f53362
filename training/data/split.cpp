#include "training/data/split.h"

#include "resonance/core/csv.h"

#include <algorithm>
#include <array>
#include <map>
#include <numeric>
#include <set>
#include <string_view>
#include <utility>

#include "training/data/random.h"

namespace resonance::training {
namespace {

constexpr std::array<std::string_view, 8> kNobody = {
    "", "various", "various artists", "va", "unknown", "unknown artist", "n/a", "none"};
/// A key with more than this share of all tracks would join what has nothing to do with each other.
constexpr double kLargestShare = 0.2;

/// Sets that are joined (union-find).
class Groups {
 public:
  explicit Groups(std::size_t count) : parent_(count) { std::iota(parent_.begin(), parent_.end(), 0U); }
  std::size_t root(std::size_t i) {
    while (parent_[i] != i) i = parent_[i] = parent_[parent_[i]];
    return i;
  }
  void join(std::size_t a, std::size_t b) { parent_[root(a)] = root(b); }

 private:
  std::vector<std::size_t> parent_;
};

std::uint64_t hash_of(std::string_view text) {  // FNV-1a
  std::uint64_t hash = 0xcbf29ce484222325U;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3U;
  return hash;
}

}  // namespace

std::string group_key(const std::string& label) {
  std::string key;
  for (const char c : label) {
    const bool space = c == ' ' || c == '\t' || c == '_';
    if (space && (key.empty() || key.back() == ' ')) continue;
    key.push_back(space ? ' ' : c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c);
  }
  while (key.ends_with(' ')) key.pop_back();
  return std::find(kNobody.begin(), kNobody.end(), key) == kNobody.end() ? key : std::string();
}

Split split_tracks(const std::vector<TrackInfo>& tracks, const SplitConfig& config) {
  Groups groups(tracks.size());
  for (const std::string& column : config.group_columns) {
    std::map<std::string, std::vector<std::size_t>> by_key;
    for (std::size_t i = 0; i < tracks.size(); ++i) {
      const auto label = tracks[i].labels.find(column);
      if (label == tracks[i].labels.end()) continue;
      const std::string key = group_key(label->second);
      if (!key.empty()) by_key[key].push_back(i);
    }
    for (const auto& [key, members] : by_key) {
      if (static_cast<double>(members.size()) > kLargestShare * static_cast<double>(tracks.size()) &&
          tracks.size() > 50) {
        continue;
      }
      for (const std::size_t member : members) groups.join(members.front(), member);
    }
  }

  const std::set<std::string> holdout(config.holdout.begin(), config.holdout.end());
  const auto held_out = [&](const TrackInfo& track) {
    const auto label = track.labels.find(config.holdout_column);
    return label != track.labels.end() && holdout.contains(label->second);
  };
  std::map<std::size_t, std::string> smallest_id;
  std::set<std::size_t> touches_holdout;
  for (std::size_t i = 0; i < tracks.size(); ++i) {
    const std::size_t root = groups.root(i);
    const auto [entry, is_new] = smallest_id.emplace(root, tracks[i].id);
    if (!is_new) entry->second = std::min(entry->second, tracks[i].id);
    if (held_out(tracks[i])) touches_holdout.insert(root);
  }
  Split split;
  for (std::size_t i = 0; i < tracks.size(); ++i) {
    const std::size_t root = groups.root(i);
    if (held_out(tracks[i])) {
      split.holdout.push_back(i);
    } else if (!touches_holdout.contains(root)) {
      const bool validation =
          Random{config.seed, hash_of(smallest_id[root])}.uniform() < config.validation_share;
      (validation ? split.validation : split.training).push_back(i);
    }
  }
  return split;
}

std::string held_out_manifest(const std::vector<TrackInfo>& tracks, const Split& split) {
  std::vector<std::pair<std::size_t, std::string_view>> rows;
  for (const std::size_t track : split.validation) rows.emplace_back(track, "validation");
  for (const std::size_t track : split.holdout) rows.emplace_back(track, "holdout");
  std::set<std::string> columns;
  for (const auto& [track, side] : rows) {
    for (const auto& [column, value] : tracks[track].labels) columns.insert(column);
  }
  std::string text = "file,side";
  for (const std::string& column : columns) text.append(",").append(csv_field(column));
  text.append("\n");
  for (const auto& [track, side] : rows) {
    text.append(csv_field(tracks[track].path)).append(",").append(side);
    for (const std::string& column : columns) {
      const auto label = tracks[track].labels.find(column);
      text.append(",");
      if (label != tracks[track].labels.end()) text.append(csv_field(label->second));
    }
    text.append("\n");
  }
  return text;
}

}  // namespace resonance::training
