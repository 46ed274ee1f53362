#pragma once

#include "resonance/index/exact_index.h"
#include "resonance/index/vector_index.h"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <stop_token>
#include <string>
#include <vector>

namespace resonance::index {

/// How a FactoryIndex is made.
struct FactoryConfig {
  std::string factory;  ///< FAISS's notation, e.g. "IVF1024,PQ128x4fs,RFlat"
  Metric metric = Metric::inner_product;
  std::size_t train_rows = 0;  ///< rows that training sees, drawn at random; 0 for max(65536, 64 x lists)
  std::uint32_t seed = 1234;   ///< of that draw; FAISS's own draws have fixed seeds
  int ef_construction = 80;    ///< of HNSW
};

/// A FAISS index, candidates of which are scored again with the float rows, which stay where they are
/// (memory-mapped):
/// ",RFlat" is taken off the factory string, so that neither memory nor file holds the floats twice. Every
/// score is therefore exact, whatever the codes; only which rows are found is approximate.
///
/// nprobe, efSearch and k_factor are those of the query, or the index's defaults. Row filters are handed to
/// FAISS where its index takes them (flat, SQ, inverted lists without FastScan); elsewhere more rows are
/// asked for, in proportion; and where less than a twentieth of the rows is allowed, those are searched
/// exactly.
///
/// Kinds: Flat, SQ4, SQ6, SQ8, SQfp16, PQ, PQ..x4fs; IVF of each; HNSW of Flat, SQ and PQ; behind OPQ, PCA,
/// RR, L2norm. Others (LSH, residual quantizers, NSG ...) are refused, because their files could not be
/// checked before reading. Several queries of a batch run on the calling thread's OpenMP setting. Immutable;
/// thread-safe.
class FactoryIndex final : public VectorIndex {
 public:
  /// Trains on a sample of the rows and adds all of them.
  /// @param rows  exact search over them: floats, shape; kept
  /// @throws Error(invalid_argument) for a string that FAISS does not know, a kind that is refused, another
  /// metric than
  ///         that of `rows`, or too few rows to train on; Error(cancelled)
  static std::unique_ptr<FactoryIndex> build(std::shared_ptr<const ExactIndex> rows,
                                             const FactoryConfig& config, const SearchSettings& defaults = {},
                                             const std::stop_token& stop = {});

  /// An index that write() wrote, checked before FAISS reads it (faiss_file_check.h).
  /// @param factory  as it was built, for name() and the defaults
  /// @throws Error(not_found, unreadable; corrupt_data naming the file and the remedy, also if it is of
  /// another shape
  ///         than `rows`)
  static std::unique_ptr<FactoryIndex> open(const std::filesystem::path& path,
                                            std::shared_ptr<const ExactIndex> rows,
                                            const std::string& factory, const SearchSettings& defaults = {});

  ~FactoryIndex() override;
  FactoryIndex(const FactoryIndex&) = delete;
  FactoryIndex& operator=(const FactoryIndex&) = delete;

  /// FAISS's own format, readable by faiss::read_index. Atomic. @throws Error as AtomicFile
  void write(const std::filesystem::path& path) const;
  /// Bytes that write() would write, without the rows' floats: about what it takes in memory.
  [[nodiscard]] std::size_t byte_size() const;
  /// Inverted lists, or 0.
  [[nodiscard]] std::size_t lists() const noexcept;
  /// What a search uses where its settings say 0. Never 0 where it matters; no filter.
  [[nodiscard]] const SearchSettings& defaults() const noexcept;
  [[nodiscard]] SettingNames setting_names() const override;
  /// Says what is wrong with a string that build() would refuse for any rows.
  /// @throws Error(invalid_argument)
  static void check_factory(const std::string& factory, std::size_t dimensions,
                            Metric metric = Metric::inner_product);
  /// Rows that the string needs at least: as many as it has lists, and as its codes have centroids.
  /// @throws Error(invalid_argument) as check_factory()
  static std::size_t least_rows(const std::string& factory, std::size_t dimensions);
  /// The factory string, as it was given.
  [[nodiscard]] std::string name() const override;

 protected:
  [[nodiscard]] std::vector<Neighbor> do_search(std::span<const float> query, std::size_t count,
                                                const SearchSettings& settings) const override;
  [[nodiscard]] std::vector<std::vector<Neighbor>> do_search_batch(
      std::span<const float> queries, std::size_t count, const SearchSettings& settings) const override;

 private:
  struct Parts;
  FactoryIndex(std::shared_ptr<const ExactIndex> rows, std::unique_ptr<Parts> parts);

  std::shared_ptr<const ExactIndex> rows_;
  std::unique_ptr<Parts> parts_;
};

}  // namespace resonance::index
