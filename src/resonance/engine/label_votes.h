#pragma once

#include "resonance/core/content_hash.h"
#include "resonance/index/layered_index.h"
#include "resonance/ranking/tag_suggestion.h"

#include <cstdint>
#include <span>
#include <stop_token>
#include <string>
#include <vector>

namespace resonance::engine {

/// A row of the search index, as far as suggesting tags goes.
struct LabelledRow {
  std::vector<std::string> labels;  ///< e.g. its genres; none: it has no vote
  std::string album;                ///< ranking::album_identity; "" if not known
  ContentHash hash;
};

/// Suggestions for any vectors from the labelled rows near them, calibrated on these rows. Immutable once
/// made; thread-safe.
class LabelVotes {
 public:
  /// @param index  of N rows; must outlive this
  /// @param rows   N
  /// @throws Error(cancelled), Error(invalid_argument) for sizes that differ
  LabelVotes(const index::LayeredIndex& index, std::vector<LabelledRow> rows, const std::stop_token& stop);

  /// Rows that have labels.
  [[nodiscard]] std::size_t labelled() const { return filter_.count(); }
  /// @param queries  Q x D
  /// @param own      Q: the row of each query, which has no vote; -1 for none
  /// @return Q lists, the surest first
  [[nodiscard]] std::vector<std::vector<ranking::TagSuggestion>> suggest(
      std::span<const float> queries, std::span<const std::int64_t> own) const;

 private:
  [[nodiscard]] ranking::Calibration calibrate(const std::stop_token& stop) const;

  const index::LayeredIndex& index_;
  std::vector<LabelledRow> rows_;
  index::RowFilter filter_;
  ranking::Calibration calibration_;
};

}  // namespace resonance::engine
