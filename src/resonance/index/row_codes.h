#pragma once

#include "resonance/index/mapped_file.h"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <vector>

namespace resonance::index {

/// N rows of D float32 values in a quarter of their bytes, with a proof of what is lost: row x is
/// scale * code + e with int8 codes, and the length of e is kept. By Cauchy-Schwarz the inner product of a
/// query q with x lies within |q| |e| of scale * <q, code>, which is what lets an exact search pass over most
/// rows without reading them. Immutable; thread-safe.
///
/// File "RSCODES1", little-endian: magic, uint32 version 1, uint32 D, uint64 N, zeros up to 64 bytes; codes,
/// N x stride int8, stride being D rounded up to a multiple of kCodeAlignment; scales, N float32; residuals,
/// N float32; the largest norm, float64; CRC-32 of the rows they were made from; CRC-32 of everything before
/// it.
class RowCodes {
 public:
  /// Codes in memory. @param vectors  N x D row-major
  /// @throws Error(invalid_argument) for a bad shape, or naming a row that holds a value that is not finite
  static RowCodes of(std::span<const float> vectors, std::size_t dimensions);

  /// Codes straight to a file, atomically, in the memory of a few rows (and 8 bytes a row).
  /// @throws as of(), and Error as AtomicFile
  static void write(const std::filesystem::path& path, std::span<const float> vectors,
                    std::size_t dimensions);

  /// Codes mapped from a file; its shape is held against its size, its contents are not read.
  /// @throws Error(not_found, unreadable; corrupt_data naming the file and the remedy)
  explicit RowCodes(const std::filesystem::path& path);

  [[nodiscard]] std::size_t size() const noexcept { return rows_; }                     ///< N
  [[nodiscard]] std::size_t dimensions() const noexcept { return dimensions_; }         ///< D
  [[nodiscard]] std::size_t stride() const noexcept { return stride_; }                 ///< codes a row
  [[nodiscard]] std::span<const std::int8_t> codes() const noexcept { return codes_; }  ///< N x stride
  [[nodiscard]] std::span<const float> scales() const noexcept { return scales_; }      ///< N, not negative
  /// N: what |x - scale * code| is at most
  [[nodiscard]] std::span<const float> residuals() const noexcept { return residuals_; }
  /// What |x| and |scale * code| of every row are at most.
  [[nodiscard]] double max_norm() const noexcept { return max_norm_; }

  /// Reads everything and holds it against the checksums: that the file is whole, and made from these rows.
  /// Nothing to do for codes in memory. @throws Error(corrupt_data)
  void verify(std::span<const float> vectors) const;

 private:
  RowCodes() = default;

  std::size_t rows_ = 0;
  std::size_t dimensions_ = 0;
  std::size_t stride_ = 0;
  double max_norm_ = 0;
  std::span<const std::int8_t> codes_;
  std::span<const float> scales_;
  std::span<const float> residuals_;
  std::vector<std::int8_t> own_codes_;
  std::vector<float> own_scales_;
  std::vector<float> own_residuals_;
  std::filesystem::path path_;
  std::optional<MappedFile> file_;
};

}  // namespace resonance::index
