#include "resonance/index/layered_index.h"

#include "resonance/core/error.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace resonance::index {

LayeredIndex::LayeredIndex(std::shared_ptr<const VectorIndex> base,
                           std::shared_ptr<const ExactIndex> base_rows, std::optional<RowFilter> base_left,
                           std::shared_ptr<const ExactIndex> tail)
    : VectorIndex(base->size() + (tail ? tail->size() : 0), base->dimensions(), base->metric()),
      base_(std::move(base)),
      base_rows_(std::move(base_rows)),
      base_left_(std::move(base_left)),
      tail_(std::move(tail)) {
  const auto fits = [this](const VectorIndex& other) {
    return other.dimensions() == dimensions() && other.metric() == metric();
  };
  if (!fits(*base_rows_) || base_rows_->size() != base_->size() ||
      (base_left_ && base_left_->size() != base_->size()) || (tail_ && !fits(*tail_))) {
    throw Error(ErrorCode::invalid_argument, "the layers of an index differ in shape");
  }
}

std::span<const float> LayeredIndex::vector(std::size_t row) const {
  const std::size_t base_size = base_->size();
  return row < base_size ? base_rows_->vectors().subspan(row * dimensions(), dimensions())
                         : tail_->vectors().subspan((row - base_size) * dimensions(), dimensions());
}

bool LayeredIndex::has(std::size_t row) const {
  return row >= base_->size() || !base_left_ || base_left_->allows(row);
}

std::size_t LayeredIndex::count() const {
  return size() - (base_left_ ? base_left_->size() - base_left_->count() : 0);
}

std::vector<Neighbor> LayeredIndex::do_search(std::span<const float> query, std::size_t count,
                                              const SearchSettings& settings) const {
  return std::move(do_search_batch(query, count, settings).front());
}

std::vector<std::vector<Neighbor>> LayeredIndex::do_search_batch(std::span<const float> queries,
                                                                 std::size_t count,
                                                                 const SearchSettings& settings) const {
  SearchSettings for_base = settings;
  SearchSettings for_tail{};
  std::optional<RowFilter> base_filter;
  std::optional<RowFilter> tail_filter;
  if (settings.filter != nullptr) {
    base_filter = settings.filter->slice(0, base_->size());
    if (base_left_) base_filter->keep_only(*base_left_);
    for_base.filter = &*base_filter;
    if (tail_) {
      tail_filter = settings.filter->slice(base_->size(), tail_->size());
      for_tail.filter = &*tail_filter;
    }
  } else if (base_left_) {
    for_base.filter = &*base_left_;
  }
  // One query alone takes the path for one query, which may differ in speed and not in its answer.
  const auto ask = [&](const VectorIndex& index, const SearchSettings& with) {
    if (queries.size() > dimensions()) return index.search_batch(queries, count, with);
    return std::vector<std::vector<Neighbor>>{index.search(queries, count, with)};
  };
  auto answers = ask(*base_, for_base);
  if (!tail_) return answers;
  const auto later = ask(*tail_, for_tail);
  for (std::size_t q = 0; q < answers.size(); ++q) {
    std::vector<Neighbor> merged;
    std::vector<Neighbor> tail = later[q];
    for (Neighbor& neighbor : tail) neighbor.row += static_cast<std::int64_t>(base_->size());
    std::merge(answers[q].begin(), answers[q].end(), tail.begin(), tail.end(), std::back_inserter(merged),
               is_better);
    merged.resize(std::min(merged.size(), count));
    answers[q] = std::move(merged);
  }
  return answers;
}

}  // namespace resonance::index
