#include "resonance/evaluation/retrieval_task.h"

#include "resonance/core/error.h"

#include <algorithm>
#include <set>
#include <string_view>
#include <unordered_map>

namespace resonance::evaluation {
namespace {

/// Texts as numbers, 0 for the empty one.
class Numbers {
 public:
  std::size_t of(std::string_view text) {
    if (text.empty()) return 0;
    return numbers_.try_emplace(std::string(text), numbers_.size() + 1).first->second;
  }

 private:
  std::unordered_map<std::string, std::size_t> numbers_;
};

std::vector<std::size_t> numbered(const std::vector<std::string>& texts) {
  Numbers numbers;
  std::vector<std::size_t> result;
  result.reserve(texts.size());
  for (const std::string& text : texts) result.push_back(numbers.of(text));
  return result;
}

bool share_one(const std::vector<std::size_t>& a, const std::vector<std::size_t>& b) {
  auto left = a.begin();
  auto right = b.begin();
  while (left != a.end() && right != b.end()) {
    if (*left == *right) return true;
    ++(*left < *right ? left : right);
  }
  return false;
}

}  // namespace

RetrievalTask::RetrievalTask(const ItemLabels& labels, ArtistFilter filter)
    : label_(numbered(labels.label)), within_(numbered(labels.within)), filter_(filter) {
  const std::size_t items = label_.size();
  if ((!within_.empty() && within_.size() != items) ||
      (!labels.artists.empty() && labels.artists.size() != items)) {
    throw Error(ErrorCode::invalid_argument, "labels of different numbers of items");
  }
  Numbers numbers;
  for (const auto& keys : labels.artists) {
    Keys& mine = artists_.emplace_back();
    for (const std::string& key : keys) {
      if (!key.empty()) mine.push_back(numbers.of(key));
    }
    std::sort(mine.begin(), mine.end());
  }
  double candidates = 0;
  double relevant = 0;
  for (std::size_t item = 0; item < items; ++item) {
    if (label_[item] == 0) continue;
    const std::vector<Role> found = roles(item);
    const auto right = std::count(found.begin(), found.end(), Role::relevant);
    if (right == 0) continue;
    queries_.push_back(item);
    relevant += static_cast<double>(right);
    candidates += static_cast<double>(right + std::count(found.begin(), found.end(), Role::candidate));
  }
  if (queries_.empty()) return;
  candidates_ = candidates / static_cast<double>(queries_.size());
  relevant_ = relevant / static_cast<double>(queries_.size());
}

std::vector<Role> RetrievalTask::roles(std::size_t query) const {
  std::vector<Role> result(label_.size(), Role::excluded);
  for (std::size_t item = 0; item < label_.size(); ++item) {
    if (item == query || label_[item] == 0) continue;
    if (!within_.empty() && within_[item] != within_[query]) continue;
    const bool right = label_[item] == label_[query];
    const bool judged_by_artist =
        filter_ == ArtistFilter::shared_key || (filter_ == ArtistFilter::other_label && !right);
    if (judged_by_artist && !artists_.empty() && share_one(artists_[item], artists_[query])) continue;
    result[item] = right ? Role::relevant : Role::candidate;
  }
  return result;
}

std::vector<std::size_t> clusters_of(const std::vector<std::vector<std::string>>& keys) {
  std::unordered_map<std::string, std::size_t> known;
  std::vector<std::size_t> clusters;
  std::size_t next = 0;
  for (const auto& mine : keys) {
    const bool named = !mine.empty() && !mine.front().empty();
    const std::size_t cluster = named ? known.try_emplace(mine.front(), next).first->second : next;
    if (cluster == next) ++next;
    clusters.push_back(cluster);
  }
  return clusters;
}

std::size_t label_count(const std::vector<std::string>& label) {
  std::set<std::string_view> labels(label.begin(), label.end());
  labels.erase("");
  return labels.size();
}

}  // namespace resonance::evaluation
