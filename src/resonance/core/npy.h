#pragma once

#include "resonance/core/atomic_file.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

namespace resonance {

/// NumPy's .npy format, version 1.0, C order, little-endian; what np.load reads and may memory-map.
/// Format: https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
enum class NpyType { float32, int64 };

/// Header bytes of an array of `rows` x `cols` (or of `rows` if `cols` is 0), padded to a multiple of 64.
std::string npy_header(NpyType type, std::size_t rows, std::size_t cols);

/// A .npy file mapped into memory, read-only. Opening costs the header only. Thread-safe for reading.
class NpyFile {
 public:
  /// @throws Error(not_found, unreadable; corrupt_data naming the file when header and size do not agree)
  explicit NpyFile(const std::filesystem::path& path);
  ~NpyFile();
  NpyFile(NpyFile&& other) noexcept;
  NpyFile& operator=(NpyFile&& other) noexcept;
  NpyFile(const NpyFile&) = delete;
  NpyFile& operator=(const NpyFile&) = delete;

  [[nodiscard]] NpyType type() const noexcept { return type_; }
  [[nodiscard]] std::size_t rows() const noexcept { return rows_; }
  [[nodiscard]] std::size_t cols() const noexcept { return cols_; }  ///< 1 for a one-dimensional array
  /// rows x cols values. @throws Error(corrupt_data) if the array is of another type
  [[nodiscard]] std::span<const float> floats() const;
  [[nodiscard]] std::span<const std::int64_t> integers() const;

  /// From here on single rows are read, here and there: what lies around them is not read with them. Of an
  /// array beyond memory that is most of the disk's work (32 times as many bytes a row of 2 kB).
  void expect_scattered_reads() const noexcept;

 private:
  std::string path_;
  NpyType type_ = NpyType::float32;
  std::size_t rows_ = 0;
  std::size_t cols_ = 0;
  const std::byte* mapped_ = nullptr;
  std::size_t mapped_size_ = 0;
  std::size_t data_offset_ = 0;
};

/// Writes an N x `cols` float32 array one row at a time, atomically; N need not be known before. Not
/// thread-safe.
class NpyRowsWriter {
 public:
  /// @throws Error as AtomicFile
  NpyRowsWriter(const std::filesystem::path& path, std::size_t cols);
  /// @throws Error(internal) for a row of another length
  void add(std::span<const float> row);
  [[nodiscard]] std::size_t rows() const noexcept { return rows_; }
  /// Makes the file visible.
  void commit();

 private:
  AtomicFile file_;
  std::size_t cols_;
  std::size_t rows_ = 0;
  std::vector<float> buffer_;
};

/// Writes a whole array atomically: `values` is rows x cols row-major. @throws Error as AtomicFile
void write_npy(const std::filesystem::path& path, std::span<const float> values, std::size_t rows,
               std::size_t cols);
void write_npy(const std::filesystem::path& path, std::span<const std::int64_t> values);

}  // namespace resonance
