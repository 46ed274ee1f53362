#pragma once

#include "resonance/core/atomic_file.h"

#include <cstddef>
#include <filesystem>
#include <span>
#include <string>

namespace resonance::index {

/// Writes vectors as the file of a FAISS IndexFlatIP (magic "IxFI", FAISS 1.7 and later), one row at a time,
/// so that a library of any size is written in the memory of one row. Atomic. Not thread-safe.
class FlatIndexFileWriter {
 public:
  /// @throws Error as AtomicFile
  FlatIndexFileWriter(const std::filesystem::path& path, std::size_t rows, std::size_t dimensions);
  /// The next row, D values.
  void add(std::span<const float> vector);
  /// Makes the file visible. @throws Error(internal) unless exactly `rows` were added
  void commit();

 private:
  AtomicFile file_;
  std::size_t rows_;
  std::size_t dimensions_;
  std::size_t added_ = 0;
};

/// Shape of a FAISS IndexFlatIP file, from its header.
struct FlatIndexShape {
  std::size_t rows = 0;
  std::size_t dimensions = 0;

  friend bool operator==(const FlatIndexShape&, const FlatIndexShape&) = default;
};

/// Reads the header and holds it against the file's size, without reading the vectors: FAISS's own reader
/// trusts its input. @throws Error(not_found, unreadable; corrupt_data naming the file)
FlatIndexShape check_flat_index_file(const std::filesystem::path& path);

}  // namespace resonance::index
