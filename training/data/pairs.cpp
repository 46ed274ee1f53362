#include "training/data/pairs.h"

#include "resonance/core/error.h"

#include <algorithm>
#include <map>
#include <numeric>

#include <nlohmann/json.hpp>

namespace resonance::training {
namespace {

/// Tracks by everything they may be called.
class TrackNames {
 public:
  TrackNames(const std::vector<TrackInfo>& tracks, const std::string& what) : what_(what) {
    for (std::size_t i = 0; i < tracks.size(); ++i) {
      by_name_[tracks[i].id].push_back(i);
      std::string_view rest = tracks[i].path;
      by_name_[std::string(rest)].push_back(i);
      for (std::size_t slash = rest.find('/'); slash != std::string_view::npos; slash = rest.find('/')) {
        rest.remove_prefix(slash + 1);
        by_name_[std::string(rest)].push_back(i);
      }
    }
  }

  [[nodiscard]] std::size_t find(const std::string& name) const {
    const auto found = by_name_.find(name);
    if (found == by_name_.end()) {
      throw Error(ErrorCode::not_found, what_ + " names \"" + name + "\", which is no track of the set");
    }
    const auto& tracks = found->second;
    if (std::any_of(tracks.begin(), tracks.end(),
                    [&](std::size_t track) { return track != tracks.front(); })) {
      throw Error(ErrorCode::invalid_argument,
                  what_ + " names \"" + name + "\", which may mean several tracks");
    }
    return tracks.front();
  }

 private:
  const std::string& what_;
  std::map<std::string, std::vector<std::size_t>> by_name_;
};

}  // namespace

std::vector<TrackPair> parse_pairs(std::string_view json, const std::vector<TrackInfo>& tracks,
                                   const std::string& what) {
  std::vector<TrackPair> pairs;
  const TrackNames names(tracks, what);
  try {
    const auto document = nlohmann::json::parse(json);
    if (!document.is_array()) throw Error(ErrorCode::corrupt_data, what + " is no list of pairs");
    for (const auto& entry : document) {
      if (entry.size() != 2) throw Error(ErrorCode::corrupt_data, what + " has an entry that is no pair");
      pairs.emplace_back(names.find(entry.at(0).get<std::string>()),
                         names.find(entry.at(1).get<std::string>()));
    }
  } catch (const nlohmann::json::exception& error) {
    throw Error(ErrorCode::corrupt_data, what + " is no list of pairs: " + error.what());
  }
  return pairs;
}

std::vector<std::size_t> joined_by(const std::vector<TrackPair>& pairs, std::size_t count) {
  std::vector<std::size_t> first(count);
  std::iota(first.begin(), first.end(), 0U);
  const auto root = [&first](std::size_t i) {
    while (first[i] != i) i = first[i];
    return i;
  };
  for (const auto& [a, b] : pairs) {
    const std::size_t of_a = root(a);
    const std::size_t of_b = root(b);
    first[std::max(of_a, of_b)] = std::min(of_a, of_b);
  }
  for (std::size_t i = 0; i < count; ++i) first[i] = root(i);
  return first;
}

}  // namespace resonance::training
