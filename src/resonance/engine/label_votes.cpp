#include "resonance/engine/label_votes.h"

#include "resonance/core/error.h"

#include <algorithm>
#include <utility>

namespace resonance::engine {
namespace {

constexpr std::size_t kVoters = 20;
constexpr std::size_t kJudgedTracks = 2000;  // bounds the time of the calibration
constexpr std::size_t kQueriesAtOnce = 256;  // and the memory of a search
constexpr std::size_t kMostSuggestions = 5;

}  // namespace

LabelVotes::LabelVotes(const index::LayeredIndex& index, std::vector<LabelledRow> rows,
                       const std::stop_token& stop)
    : index_(index), rows_(std::move(rows)), filter_(index.size()) {
  if (rows_.size() != index.size()) {
    throw Error(ErrorCode::invalid_argument, "suggestions need the labels of every row");
  }
  for (std::size_t row = 0; row < rows_.size(); ++row) {
    if (!rows_[row].labels.empty()) filter_.allow(row);
  }
  calibration_ = calibrate(stop);
}

ranking::Calibration LabelVotes::calibrate(const std::stop_token& stop) const {
  std::vector<std::size_t> judged;
  const std::size_t step = labelled() / kJudgedTracks + 1;
  std::size_t seen = 0;
  for (std::size_t row = 0; row < rows_.size(); ++row) {
    if (filter_.allows(row) && seen++ % step == 0) judged.push_back(row);
  }
  std::vector<std::vector<std::string>> labels;
  for (const LabelledRow& row : rows_) labels.push_back(row.labels);
  std::vector<std::vector<ranking::RowNeighbour>> neighbours(rows_.size());
  for (std::size_t first = 0; first < judged.size(); first += kQueriesAtOnce) {
    if (stop.stop_requested()) throw Error(ErrorCode::cancelled, "stopped while judging suggestions");
    const std::size_t count = std::min(kQueriesAtOnce, judged.size() - first);
    std::vector<float> queries;
    for (std::size_t i = 0; i < count; ++i) {
      const auto row = index_.vector(judged[first + i]);
      queries.insert(queries.end(), row.begin(), row.end());
    }
    // Twice as many, since some of them do not count.
    const auto found = index_.search_batch(queries, 2 * kVoters + 1, {.filter = &filter_});
    for (std::size_t i = 0; i < count; ++i) {
      const LabelledRow& own = rows_[judged[first + i]];
      auto& list = neighbours[judged[first + i]];
      for (const index::Neighbor& neighbour : found[i]) {
        const auto row = static_cast<std::size_t>(neighbour.row);
        const LabelledRow& other = rows_[row];
        if (row == judged[first + i] || other.hash == own.hash) continue;
        if (!own.album.empty() && own.album == other.album) continue;
        if (list.size() < kVoters) list.push_back({row, neighbour.score});
      }
    }
  }
  return ranking::Calibration(ranking::leave_one_out(labels, neighbours));
}

std::vector<std::vector<ranking::TagSuggestion>> LabelVotes::suggest(
    std::span<const float> queries, std::span<const std::int64_t> own) const {
  std::vector<std::vector<ranking::TagSuggestion>> suggestions(own.size());
  if (labelled() == 0) return suggestions;
  const std::size_t dimensions = index_.dimensions();
  for (std::size_t first = 0; first < own.size(); first += kQueriesAtOnce) {
    const std::size_t count = std::min(kQueriesAtOnce, own.size() - first);
    const auto found = index_.search_batch(queries.subspan(first * dimensions, count * dimensions),
                                           kVoters + 1, {.filter = &filter_});
    for (std::size_t i = 0; i < count; ++i) {
      std::vector<ranking::LabelledNeighbour> voters;
      for (const index::Neighbor& neighbour : found[i]) {
        if (neighbour.row == own[first + i] || voters.size() == kVoters) continue;
        voters.push_back({neighbour.score, rows_[static_cast<std::size_t>(neighbour.row)].labels});
      }
      suggestions[first + i] = ranking::suggest_tags(voters, calibration_, {.most = kMostSuggestions});
    }
  }
  return suggestions;
}

}  // namespace resonance::engine
