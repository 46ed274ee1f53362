#include "resonance/engine/snapshot_rows.h"

#include "resonance/core/feature_contract.h"
#include "resonance/index/factory_index.h"
#include "resonance/index/graph_index.h"

#include <algorithm>
#include <functional>
#include <utility>

namespace resonance::engine {
namespace {

namespace fs = std::filesystem;

std::shared_ptr<const index::RowCodes> open_codes(const fs::path& path) {
  return std::make_shared<index::RowCodes>(path);
}

/// Ascending without doubles, and from 0 to below `end`.
bool is_row_list(std::span<const std::int64_t> rows, std::size_t end) {
  return (rows.empty() || (rows.front() >= 0 && static_cast<std::size_t>(rows.back()) < end)) &&
         std::adjacent_find(rows.begin(), rows.end(), std::greater_equal<>()) == rows.end();
}

bool is_key_list(std::span<const std::int64_t> keys, bool many_a_key) {
  return many_a_key ? std::is_sorted(keys.begin(), keys.end())
                    : std::adjacent_find(keys.begin(), keys.end(), std::greater_equal<>()) == keys.end();
}

RowRange positions_of(std::span<const std::int64_t> keys, std::int64_t key) {
  const auto first = std::lower_bound(keys.begin(), keys.end(), key);
  // Not upper_bound: of a damaged file, which is out of order, it might lie before.
  const auto end = std::find_if(first, keys.end(), [key](std::int64_t other) { return other != key; });
  return {static_cast<std::size_t>(first - keys.begin()), static_cast<std::size_t>(end - first)};
}

}  // namespace

Error damaged_file(const fs::path& file, const std::string& what) {
  return {ErrorCode::corrupt_data,
          file.string() + " " + what + ": run `resonance index --rebuild`, which needs no audio"};
}

bool is_graph_index(std::string_view factory) { return factory.starts_with("graph"); }
bool is_faiss_index(std::string_view factory) { return factory != "Flat" && !is_graph_index(factory); }

SnapshotRows::Tail::Tail(const fs::path& folder, const RowFiles& files)
    : keys(folder / files.tail_keys),
      fused(folder / files.tail),
      removed(folder / files.removed),
      codes(open_codes(folder / files.tail_codes)) {}

SnapshotRows::SnapshotRows(const fs::path& folder, const RowFiles& files, const RowCounts& counts,
                           const IndexRecord& record)
    : folder_(folder),
      files_(files),
      counts_(counts),
      factory_(record.factory),
      keys_(folder / files.keys),
      fused_(folder / files.embeddings),
      codes_(open_codes(folder / files.codes)) {
  check_base();
  if (counts_.tail > 0 || counts_.removed > 0) {
    tail_ = std::make_unique<Tail>(folder, files);
    check_tail();
  }
  open_index(record);
}

void SnapshotRows::check_base() const {
  if (fused_.type() != NpyType::float32 || fused_.cols() != kEmbeddingDimensions ||
      fused_.rows() != counts_.base) {
    throw damaged_file(folder_ / files_.embeddings, "is not of the shape that meta.json says");
  }
  if (keys_.type() != NpyType::int64 || keys_.cols() != 1 || keys_.rows() != counts_.base) {
    throw damaged_file(folder_ / files_.keys, "is not of the shape that meta.json says");
  }
  if (codes_->size() != fused_.rows() || codes_->dimensions() != fused_.cols()) {
    throw damaged_file(folder_ / files_.codes, "is of another shape than " + std::string(files_.embeddings));
  }
}

void SnapshotRows::check_tail() const {
  if (tail_->fused.type() != NpyType::float32 || tail_->fused.rows() != counts_.tail ||
      (tail_->fused.cols() != kEmbeddingDimensions && counts_.tail > 0)) {
    throw damaged_file(folder_ / files_.tail, "is not of the shape that meta.json says");
  }
  if (tail_->keys.type() != NpyType::int64 || tail_->keys.cols() != 1 || tail_->keys.rows() != counts_.tail ||
      !is_key_list(tail_->keys.integers(), files_.many_a_key)) {
    throw damaged_file(folder_ / files_.tail_keys, "does not hold the keys of " + std::string(files_.tail));
  }
  if (tail_->codes->size() != counts_.tail || tail_->codes->dimensions() != kEmbeddingDimensions) {
    throw damaged_file(folder_ / files_.tail_codes, "is of another shape than " + std::string(files_.tail));
  }
}

void SnapshotRows::open_index(const IndexRecord& record) {
  const auto exact_of = [](const NpyFile& fused, std::shared_ptr<const index::RowCodes> codes) {
    return std::make_shared<const index::ExactIndex>(fused.floats(), kEmbeddingDimensions,
                                                     index::Metric::inner_product, std::move(codes));
  };
  const auto base_rows = exact_of(fused_, codes_);
  std::shared_ptr<const index::VectorIndex> base = base_rows;
  if (is_graph_index(record.factory)) {
    base = index::GraphIndex::open(folder_ / files_.graph, base_rows, codes_, record.settings);
  } else if (is_faiss_index(record.factory)) {
    base = index::FactoryIndex::open(folder_ / files_.faiss, base_rows, record.factory, record.settings);
  }
  if (base != base_rows) fused_.expect_scattered_reads();  // of what the index found
  std::optional<index::RowFilter> left;
  if (counts_.removed > 0) left = base_left();
  std::shared_ptr<const index::ExactIndex> tail;
  if (counts_.tail > 0) tail = exact_of(tail_->fused, tail_->codes);
  exact_ = std::make_shared<const index::LayeredIndex>(base_rows, base_rows, left, tail);
  index_ = base == base_rows
               ? exact_
               : std::make_shared<const index::LayeredIndex>(base, base_rows, std::move(left), tail);
}

index::RowFilter SnapshotRows::base_left() const {
  if (tail_->removed.type() != NpyType::int64 || tail_->removed.cols() != 1 ||
      tail_->removed.rows() != counts_.removed || !is_row_list(tail_->removed.integers(), counts_.base)) {
    throw damaged_file(folder_ / files_.removed, "does not hold rows of " + std::string(files_.embeddings));
  }
  index::RowFilter left(counts_.base, true);
  for (const std::int64_t row : tail_->removed.integers()) left.forbid(static_cast<std::size_t>(row));
  return left;
}

std::int64_t SnapshotRows::key_of(std::size_t row) const {
  return row < counts_.base ? keys_.integers()[row] : tail_->keys.integers()[row - counts_.base];
}

RowRange SnapshotRows::rows_of(std::int64_t key) const {
  if (tail_) {
    const RowRange tail = positions_of(tail_->keys.integers(), key);
    if (tail.count > 0) return {counts_.base + tail.first, tail.count};
  }
  const RowRange base = positions_of(keys_.integers(), key);
  // A key's rows are replaced and removed together.
  return base.count > 0 && has(base.first) ? base : RowRange{};
}

std::span<const std::int64_t> SnapshotRows::removed_rows() const {
  if (!tail_ || counts_.removed == 0) return {};
  return tail_->removed.integers();
}

std::vector<std::string_view> SnapshotRows::files() const {
  std::vector<std::string_view> names{files_.embeddings, files_.keys, files_.codes};
  if (is_graph_index(factory_)) names.push_back(files_.graph);
  if (is_faiss_index(factory_)) names.push_back(files_.faiss);
  if (tail_) names.insert(names.end(), {files_.tail, files_.tail_keys, files_.tail_codes, files_.removed});
  return names;
}

void SnapshotRows::verify_order() const {
  if (!is_key_list(keys_.integers(), files_.many_a_key)) {
    throw damaged_file(folder_ / files_.keys, "is out of order");
  }
}

}  // namespace resonance::engine
