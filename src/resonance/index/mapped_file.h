#pragma once

#include <cstddef>
#include <filesystem>
#include <span>

namespace resonance::index {

/// How a mapped file is going to be read.
enum class Reading {
  in_order,       ///< mostly: what comes next is worth having already
  here_and_there  ///< what lies around is not: read and mapped is only what is asked for
};

/// A whole file mapped into memory, read-only; opening reads nothing. Movable; thread-safe for reading.
class MappedFile {
 public:
  /// @throws Error(not_found, unreadable) naming the file
  explicit MappedFile(const std::filesystem::path& path, Reading reading = Reading::in_order);
  ~MappedFile();
  MappedFile(MappedFile&& other) noexcept;
  MappedFile& operator=(MappedFile&& other) noexcept;
  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;

  [[nodiscard]] std::span<const std::byte> bytes() const noexcept { return bytes_; }

 private:
  std::span<const std::byte> bytes_;
};

}  // namespace resonance::index
