#pragma once

#include "resonance/index/exact_index.h"
#include "resonance/index/mapped_file.h"
#include "resonance/index/row_codes.h"
#include "resonance/index/vector_index.h"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <vector>

namespace resonance::index {

/// How a GraphIndex is made.
struct GraphConfig {
  std::size_t links = 16;  ///< M: links of a row above the ground level, twice as many on it; 2 to 64
  std::size_t ef_construction = 100;  ///< candidates kept while a row is linked; 1 to 4096
  std::size_t threads = 1;            ///< one thread always makes the same graph, several need not
  std::uint32_t seed = 100;
};

/// Approximate inner-product search: a hierarchical navigable small world (Malkov and Yashunin 2018) that
/// hnswlib links and this class walks. Rows are compared by the int8 codes that exact search has anyway, a
/// quarter of the bytes of the floats, and the best of them scored again from the floats; so the graph itself
/// is links only, 136 bytes a row at M = 16, in a file that is mapped and not read: opening costs nothing,
/// whatever its size.
///
/// Rows that a filter forbids are walked over and not returned; where less than a twentieth is allowed, those
/// are searched exactly. Immutable; thread-safe.
///
/// File "RSGRAPH1", little-endian: magic, uint32 version 1, uint32 M0 = 2M, uint64 N, uint32 U: rows on upper
/// levels, uint32 entry row, uint32 M, zeros up to 64 bytes; ground links, N x M0 uint32; U upper rows in
/// ascending order, uint32; U x kUpperLevels x M upper links, uint32; CRC-32 of everything before it. Unused
/// links are 2^32 - 1. Links are held against N whenever they are followed, so that no content of the file
/// can lead out of memory.
class GraphIndex final : public VectorIndex {
 public:
  /// Levels above the ground; of M = 16 a 65536th of the rows would be on the fourth.
  static constexpr std::size_t kUpperLevels = 4;

  /// Links all rows. @param rows  exact search over them: floats, shape; kept. @param codes  of these rows;
  /// kept
  /// @throws Error(invalid_argument) for another metric than the inner product, codes of another shape, a
  /// config out of
  ///         range, or 2^31 rows; Error(cancelled)
  static std::unique_ptr<GraphIndex> build(std::shared_ptr<const ExactIndex> rows,
                                           std::shared_ptr<const RowCodes> codes,
                                           const GraphConfig& config = {},
                                           const SearchSettings& defaults = {},
                                           const std::stop_token& stop = {});

  /// Maps what write() wrote; its shape is held against its size.
  /// @throws Error(not_found, unreadable; corrupt_data naming the file and the remedy; invalid_argument as
  /// build())
  static std::unique_ptr<GraphIndex> open(const std::filesystem::path& path,
                                          std::shared_ptr<const ExactIndex> rows,
                                          std::shared_ptr<const RowCodes> codes,
                                          const SearchSettings& defaults = {});

  ~GraphIndex() override;
  GraphIndex(const GraphIndex&) = delete;
  GraphIndex& operator=(const GraphIndex&) = delete;

  /// Atomic. @throws Error as AtomicFile
  void write(const std::filesystem::path& path) const;
  /// Reads the file whole and holds it against its checksum. @throws Error(corrupt_data)
  void verify() const;
  /// Bytes of the links.
  [[nodiscard]] std::size_t byte_size() const noexcept { return bytes_.size(); }
  /// What a search uses where its settings say 0: ef_search, and k_factor: candidates scored from their
  /// floats.
  [[nodiscard]] const SearchSettings& defaults() const noexcept { return defaults_; }
  /// Before the index is shared with other threads. A filter is left out.
  void set_defaults(const SearchSettings& defaults);
  [[nodiscard]] SettingNames setting_names() const override { return {.ef_search = true, .k_factor = true}; }
  /// "graph16" for M = 16.
  [[nodiscard]] std::string name() const override;

 protected:
  [[nodiscard]] std::vector<Neighbor> do_search(std::span<const float> query, std::size_t count,
                                                const SearchSettings& settings) const override;

 private:
  class Walk;
  class VisitedPool;

  GraphIndex(std::shared_ptr<const ExactIndex> rows, std::shared_ptr<const RowCodes> codes,
             const SearchSettings& defaults);
  /// Finds the parts of `bytes_`. @throws Error(corrupt_data)
  void parse(const std::string& name);
  [[nodiscard]] std::span<const std::uint32_t> links_of(std::uint32_t row, std::size_t level) const;

  std::shared_ptr<const ExactIndex> rows_;
  std::shared_ptr<const RowCodes> codes_;
  SearchSettings defaults_;
  std::string own_bytes_;
  std::optional<MappedFile> file_;
  std::filesystem::path path_;
  std::span<const std::byte> bytes_;
  std::size_t links_ = 0;         // M
  std::size_t ground_links_ = 0;  // M0
  std::uint32_t entry_ = 0;
  std::span<const std::uint32_t> ground_;
  std::span<const std::uint32_t> upper_rows_;
  std::span<const std::uint32_t> upper_;
  std::unique_ptr<VisitedPool> visited_;
};

}  // namespace resonance::index
