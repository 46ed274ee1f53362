#include "resonance/engine/snapshot.h"

#include "resonance/core/atomic_file.h"
#include "resonance/core/crc32.h"
#include "resonance/core/error.h"
#include "resonance/core/feature_contract.h"
#include "resonance/index/factory_index.h"
#include "resonance/index/flat_index_file.h"
#include "resonance/index/graph_index.h"

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <functional>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

namespace resonance::engine {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMaxProjectionBytes = std::size_t{256} << 20;

Error damaged(const fs::path& file, const std::string& what) {
  return {ErrorCode::corrupt_data,
          file.string() + " " + what + ": run `resonance index --rebuild`, which needs no audio"};
}

std::shared_ptr<const index::RowCodes> open_codes(const fs::path& path) {
  return std::make_shared<index::RowCodes>(path);
}

/// Ascending without doubles, and from 0 to below `end`.
bool is_row_list(std::span<const std::int64_t> rows, std::size_t end) {
  return (rows.empty() || (rows.front() >= 0 && static_cast<std::size_t>(rows.back()) < end)) &&
         std::adjacent_find(rows.begin(), rows.end(), std::greater_equal<>()) == rows.end();
}

bool is_key_list(std::span<const std::int64_t> keys) {
  return std::adjacent_find(keys.begin(), keys.end(), std::greater_equal<>()) == keys.end();
}

std::optional<std::size_t> position_of(std::span<const std::int64_t> keys, std::int64_t key) {
  const auto found = std::lower_bound(keys.begin(), keys.end(), key);
  if (found == keys.end() || *found != key) return std::nullopt;
  return static_cast<std::size_t>(found - keys.begin());
}

}  // namespace

std::uint32_t checksum_of(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) throw system_error(errno, "cannot read " + path.string());
  std::vector<char> block(std::size_t{1} << 20);
  std::uint32_t crc = 0;
  while (file) {
    file.read(block.data(), static_cast<std::streamsize>(block.size()));
    crc = crc32(crc, std::string_view(block.data(), static_cast<std::size_t>(file.gcount())));
  }
  if (file.bad()) throw system_error(EIO, "cannot read " + path.string());
  return crc;
}

bool is_graph_index(std::string_view factory) { return factory.starts_with("graph"); }
bool is_faiss_index(std::string_view factory) { return factory != "Flat" && !is_graph_index(factory); }

Snapshot::Tail::Tail(const fs::path& folder)
    : keys(folder / kTailKeysFile),
      fused(folder / kTailFile),
      removed(folder / kRemovedFile),
      codes(open_codes(folder / kTailCodesFile)) {}

Snapshot::Snapshot(const fs::path& catalog_directory, fs::path name)
    : name_(std::move(name)),
      folder_(catalog_directory / name_),
      meta_(read_catalog_meta(folder_ / kMetaFile)),
      keys_(folder_ / kKeysFile),
      fused_(folder_ / kEmbeddingsFile),
      codes_(open_codes(folder_ / kCodesFile)) {
  check_base();
  if (meta_.tail_rows > 0 || meta_.removed_rows > 0) tail_ = std::make_unique<Tail>(folder_);
  open_index();
  if (meta_.tracks > 0) {
    const fs::path file = folder_ / kProjectionFile;
    try {
      projection_ = embedding::Projection::deserialize(read_file(file, kMaxProjectionBytes));
    } catch (const Error& error) {
      if (error.code() != ErrorCode::corrupt_data && error.code() != ErrorCode::version_mismatch) throw;
      throw damaged(file, std::string("is damaged (") + error.what() + ")");
    }
  }
}

void Snapshot::check_base() const {
  if (fused_.type() != NpyType::float32 || fused_.cols() != kEmbeddingDimensions ||
      fused_.rows() != meta_.base_rows) {
    throw damaged(folder_ / kEmbeddingsFile, "is not of the shape that meta.json says");
  }
  if (keys_.type() != NpyType::int64 || keys_.cols() != 1 || keys_.rows() != meta_.base_rows) {
    throw damaged(folder_ / kKeysFile, "is not of the shape that meta.json says");
  }
  if (codes_->size() != fused_.rows() || codes_->dimensions() != fused_.cols()) {
    throw damaged(folder_ / kCodesFile, "is of another shape than embeddings.npy");
  }
}

void Snapshot::open_index() {
  const auto exact_of = [](const NpyFile& fused, std::shared_ptr<const index::RowCodes> codes) {
    return std::make_shared<const index::ExactIndex>(fused.floats(), kEmbeddingDimensions,
                                                     index::Metric::inner_product, std::move(codes));
  };
  const auto base_rows = exact_of(fused_, codes_);
  std::shared_ptr<const index::VectorIndex> base = base_rows;
  const IndexRecord& record = meta_.index;
  if (record.metric != "inner_product") throw damaged(folder_ / kMetaFile, "asks for an unknown metric");
  if (is_graph_index(record.factory)) {
    base = index::GraphIndex::open(folder_ / kGraphFile, base_rows, codes_, record.settings);
  } else if (is_faiss_index(record.factory)) {
    base = index::FactoryIndex::open(folder_ / kIndexFile, base_rows, record.factory, record.settings);
  }
  std::optional<index::RowFilter> left;
  std::shared_ptr<const index::ExactIndex> tail;
  if (tail_) {
    if (tail_->fused.type() != NpyType::float32 || tail_->fused.rows() != meta_.tail_rows ||
        (tail_->fused.cols() != kEmbeddingDimensions && meta_.tail_rows > 0)) {
      throw damaged(folder_ / kTailFile, "is not of the shape that meta.json says");
    }
    if (tail_->keys.type() != NpyType::int64 || tail_->keys.cols() != 1 ||
        tail_->keys.rows() != meta_.tail_rows || !is_key_list(tail_->keys.integers())) {
      throw damaged(folder_ / kTailKeysFile, "does not hold the keys of tail.npy");
    }
    if (tail_->codes->size() != meta_.tail_rows || tail_->codes->dimensions() != kEmbeddingDimensions) {
      throw damaged(folder_ / kTailCodesFile, "is of another shape than tail.npy");
    }
    if (meta_.removed_rows > 0) left = base_left();
    if (meta_.tail_rows > 0) tail = exact_of(tail_->fused, tail_->codes);
  }
  exact_ = std::make_shared<const index::LayeredIndex>(base_rows, base_rows, left, tail);
  index_ = base == base_rows
               ? exact_
               : std::make_shared<const index::LayeredIndex>(base, base_rows, std::move(left), tail);
}

index::RowFilter Snapshot::base_left() const {
  if (tail_->removed.type() != NpyType::int64 || tail_->removed.cols() != 1 ||
      tail_->removed.rows() != meta_.removed_rows ||
      !is_row_list(tail_->removed.integers(), meta_.base_rows)) {
    throw damaged(folder_ / kRemovedFile, "does not hold rows of embeddings.npy");
  }
  index::RowFilter left(meta_.base_rows, true);
  for (const std::int64_t row : tail_->removed.integers()) left.forbid(static_cast<std::size_t>(row));
  return left;
}

fs::path Snapshot::current(const fs::path& catalog_directory) {
  std::error_code problem;
  fs::path target = fs::read_symlink(catalog_directory / "current", problem);
  return problem ? fs::path() : target;
}

std::shared_ptr<const Snapshot> Snapshot::open(const fs::path& catalog_directory) {
  // A publisher may remove the folder between our reading the link and opening the files: look again then.
  for (int attempt = 0;; ++attempt) {
    const fs::path target = current(catalog_directory);
    if (target.empty()) return nullptr;
    try {
      return std::shared_ptr<const Snapshot>(new Snapshot(catalog_directory, target));
    } catch (const Error& error) {
      const bool replaced = current(catalog_directory) != target;
      if (!replaced || attempt >= 10) {
        const bool has_remedy = std::string_view(error.what()).find("--rebuild") != std::string_view::npos;
        if (error.code() != ErrorCode::not_found) {
          if (has_remedy || error.code() != ErrorCode::corrupt_data) throw;
          throw Error(error.code(),
                      std::string(error.what()) + ": run `resonance index --rebuild`, which needs no audio");
        }
        throw Error(ErrorCode::corrupt_data, std::string("a file of the search index is missing (") +
                                                 error.what() +
                                                 "): run `resonance index --rebuild`, which needs no audio");
      }
    }
  }
}

std::int64_t Snapshot::key_of(std::size_t row) const {
  return row < meta_.base_rows ? keys_.integers()[row] : tail_->keys.integers()[row - meta_.base_rows];
}

std::optional<std::size_t> Snapshot::row_of(std::int64_t key) const {
  if (tail_) {
    if (const auto at = position_of(tail_->keys.integers(), key)) return meta_.base_rows + *at;
  }
  const auto row = position_of(keys_.integers(), key);
  if (!row || !has(*row)) return std::nullopt;
  return row;
}

std::span<const std::int64_t> Snapshot::removed_rows() const {
  if (!tail_ || meta_.removed_rows == 0) return {};
  return tail_->removed.integers();
}

void Snapshot::verify() const {
  verify_catalog_meta(folder_ / kMetaFile);
  std::vector<std::string_view> expected{kEmbeddingsFile, kKeysFile, kCodesFile, kProjectionFile};
  if (is_graph_index(meta_.index.factory)) expected.push_back(kGraphFile);
  if (is_faiss_index(meta_.index.factory)) expected.push_back(kIndexFile);
  if (tail_) expected.insert(expected.end(), {kTailFile, kTailKeysFile, kTailCodesFile, kRemovedFile});
  for (const std::string_view name : expected) {
    if (!meta_.checksums.contains(std::string(name))) {
      throw damaged(folder_ / kMetaFile, "does not say what " + std::string(name) + " holds");
    }
  }
  for (const auto& [name, crc] : meta_.checksums) {
    if (checksum_of(folder_ / fs::path(name).filename()) != crc) throw damaged(folder_ / name, "is damaged");
  }
  if (!is_key_list(keys_.integers())) throw damaged(folder_ / kKeysFile, "is out of order");
  if (meta_.index.factory == "Flat" && meta_.checksums.contains(std::string(kIndexFile))) {
    const index::FlatIndexShape shape = index::check_flat_index_file(folder_ / kIndexFile);
    if (shape.rows != fused_.rows() || shape.dimensions != fused_.cols()) {
      throw damaged(folder_ / kIndexFile, "is of another shape than embeddings.npy");
    }
  }
}

}  // namespace resonance::engine
