#pragma once

#include "resonance/evaluation/ranking_score.h"

#include <cstddef>
#include <string>
#include <vector>

namespace resonance::evaluation {

/// What is known of N items.
struct ItemLabels {
  /// N: items of one label are right for each other. Empty: not known; never a query nor a candidate.
  std::vector<std::string> label;
  /// N, or none: a query's candidates are those of the same text, where labels mean something there only.
  std::vector<std::string> within{};
  /// N, or none: who plays, one or several keys. For the artist filter.
  std::vector<std::vector<std::string>> artists{};
};

/// What the artist filter does. Music of one artist, often of one album, is alike in its recording; what
/// finds that has not understood the label.
enum class ArtistFilter {
  none,
  shared_key,  ///< who shares any artist key with the query is no candidate
  other_label  ///< the same, unless the label is the query's: for labels that are the artist. Guests stay out
};

/// Who is to be found for whom, by label. A query has a label and at least one relevant candidate. Immutable.
class RetrievalTask {
 public:
  RetrievalTask(const ItemLabels& labels, ArtistFilter filter);

  /// Items in their order.
  [[nodiscard]] const std::vector<std::size_t>& queries() const { return queries_; }
  /// N roles for a query. O(N).
  [[nodiscard]] std::vector<Role> roles(std::size_t query) const;
  /// Means over the queries.
  [[nodiscard]] double candidates() const { return candidates_; }
  [[nodiscard]] double relevant() const { return relevant_; }

 private:
  using Keys = std::vector<std::size_t>;

  std::vector<std::size_t> label_;  // 0: not known
  std::vector<std::size_t> within_;
  std::vector<Keys> artists_;  // sorted
  ArtistFilter filter_;
  std::vector<std::size_t> queries_;
  double candidates_ = 0;
  double relevant_ = 0;
};

/// One number an item, the same for items of the same first key; an item without a key has a number of its
/// own. Queries of one artist are not independent: these are the clusters that ClusterBootstrap resamples.
std::vector<std::size_t> clusters_of(const std::vector<std::vector<std::string>>& keys);

/// How many labels there are, the unknown not counted.
std::size_t label_count(const std::vector<std::string>& label);

}  // namespace resonance::evaluation
