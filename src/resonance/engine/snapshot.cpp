#include "resonance/engine/snapshot.h"

#include "resonance/core/crc32.h"
#include "resonance/core/error.h"
#include "resonance/index/flat_index_file.h"
#include "resonance/index/mapped_file.h"

#include <cerrno>
#include <fstream>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

namespace resonance::engine {
namespace {

namespace fs = std::filesystem;

RowCounts track_counts(const CatalogMeta& meta) {
  return {.base = meta.base_rows, .removed = meta.removed_rows, .tail = meta.tail_rows};
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

Snapshot::Snapshot(const fs::path& catalog_directory, fs::path name)
    : name_(std::move(name)),
      folder_(catalog_directory / name_),
      meta_(read_catalog_meta(folder_ / kMetaFile)),
      tracks_(folder_, kTrackRows, track_counts(meta_), meta_.index) {
  if (meta_.index.metric != "inner_product") {
    throw damaged_file(folder_ / kMetaFile, "asks for an unknown metric");
  }
  if (meta_.tracks > 0) projection_ = read_projection(kProjectionFile);
  if (meta_.segments) {
    segments_.emplace(folder_, kSegmentRows, meta_.segments->rows, meta_.segments->index);
    if (meta_.segments->rows.base > 0) segment_projection_ = read_projection(kSegmentProjectionFile);
  }
}

embedding::Projection Snapshot::read_projection(std::string_view name) const {
  const fs::path file = folder_ / name;
  // Mapped: a buffer of its size would be as many page faults again as what is made of it.
  const index::MappedFile mapped(file);
  if (mapped.bytes().size() > kMaxProjectionBytes) {
    throw damaged_file(file, "is larger than a projection can be");
  }
  try {
    return embedding::Projection::deserialize(
        {reinterpret_cast<const char*>(mapped.bytes().data()), mapped.bytes().size()});
  } catch (const Error& error) {
    if (error.code() != ErrorCode::corrupt_data && error.code() != ErrorCode::version_mismatch) throw;
    throw damaged_file(file, std::string("is damaged (") + error.what() + ")");
  }
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

std::optional<std::size_t> Snapshot::row_of(std::int64_t key) const {
  const RowRange range = tracks_.rows_of(key);
  if (range.count == 0) return std::nullopt;
  return range.first;
}

void Snapshot::verify() const {
  verify_catalog_meta(folder_ / kMetaFile);
  std::vector<std::string_view> expected = tracks_.files();
  expected.push_back(kProjectionFile);
  if (segments_) {
    const std::vector<std::string_view> more = segments_->files();
    expected.insert(expected.end(), more.begin(), more.end());
    expected.push_back(kSegmentProjectionFile);
  }
  for (const std::string_view name : expected) {
    if (!meta_.checksums.contains(std::string(name))) {
      throw damaged_file(folder_ / kMetaFile, "does not say what " + std::string(name) + " holds");
    }
  }
  for (const auto& [name, crc] : meta_.checksums) {
    if (checksum_of(folder_ / fs::path(name).filename()) != crc)
      throw damaged_file(folder_ / name, "is damaged");
  }
  tracks_.verify_order();
  if (segments_) segments_->verify_order();
  if (meta_.index.factory == "Flat" && meta_.checksums.contains(std::string(kIndexFile))) {
    const index::FlatIndexShape shape = index::check_flat_index_file(folder_ / kIndexFile);
    if (shape.rows != base_embeddings().rows() || shape.dimensions != dimensions()) {
      throw damaged_file(folder_ / kIndexFile, "is of another shape than embeddings.npy");
    }
  }
}

}  // namespace resonance::engine
