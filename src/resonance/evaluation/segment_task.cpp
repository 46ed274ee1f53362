#include "resonance/evaluation/segment_task.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <random>
#include <utility>

namespace resonance::evaluation {

SegmentTask::SegmentTask(std::vector<SegmentPlace> places, double length_s, double overlap_s, unsigned seed)
    : places_(std::move(places)), length_s_(length_s), overlap_s_(overlap_s) {
  std::map<std::size_t, std::vector<std::size_t>> of_track;
  for (std::size_t i = 0; i < places_.size(); ++i) of_track[places_[i].track].push_back(i);
  for (const auto& [track, segments] : of_track) {
    std::vector<std::size_t> usable;
    for (const std::size_t segment : segments) {
      const bool has_other = std::any_of(segments.begin(), segments.end(), [&](std::size_t other) {
        return apart(places_[segment], places_[other]);
      });
      if (has_other) usable.push_back(segment);
    }
    if (usable.empty()) continue;
    // By track, so that other tracks do not change a track's query.
    std::mt19937 random(seed + static_cast<unsigned>(track) * 2654435761U);
    queries_.push_back(usable[random() % usable.size()]);
  }
}

bool SegmentTask::apart(const SegmentPlace& a, const SegmentPlace& b) const {
  constexpr double kRounding = 1e-6;
  return std::abs(a.start_s - b.start_s) >= length_s_ - overlap_s_ - kRounding && a.start_s != b.start_s;
}

std::vector<Role> SegmentTask::roles(std::size_t query) const {
  std::vector<Role> result(places_.size(), Role::candidate);
  for (std::size_t i = 0; i < places_.size(); ++i) {
    if (places_[i].track != places_[query].track) continue;
    result[i] = apart(places_[i], places_[query]) ? Role::relevant : Role::excluded;
  }
  return result;
}

}  // namespace resonance::evaluation
