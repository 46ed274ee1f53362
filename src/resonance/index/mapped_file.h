#pragma once

#include <cstddef>
#include <filesystem>
#include <span>

namespace resonance::index {

/// A whole file mapped into memory, read-only; opening reads nothing. Movable; thread-safe for reading.
class MappedFile {
 public:
  /// @throws Error(not_found, unreadable) naming the file
  explicit MappedFile(const std::filesystem::path& path);
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
