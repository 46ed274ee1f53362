#pragma once

#include <cstddef>
#include <filesystem>
#include <span>
#include <string_view>

namespace resonance {

/// Writes a file so that a reader, or a kill at any moment, sees the old content or the new one, never a
/// part: temporary name in the same folder, fsync, rename, fsync of the folder. Without commit() nothing is
/// left behind. Not thread-safe.
class AtomicFile {
 public:
  /// @throws Error(unreadable, not_found, no_space) naming the path
  explicit AtomicFile(std::filesystem::path target);
  ~AtomicFile();
  AtomicFile(const AtomicFile&) = delete;
  AtomicFile& operator=(const AtomicFile&) = delete;

  void write(std::span<const std::byte> bytes);
  void write(std::string_view text);
  /// Writes over the first bytes of what was written, for a header whose numbers are known last.
  void rewrite_start(std::string_view bytes);
  /// Makes the new content visible under the target's name. Call once, last.
  void commit();

 private:
  std::filesystem::path target_;
  std::filesystem::path temporary_;
  int descriptor_ = -1;
};

/// fsync of a folder, so that a rename in it outlives a power cut. @throws Error(unreadable)
void sync_directory(const std::filesystem::path& directory);

/// The whole of a small file. @throws Error(not_found, unreadable, limit_exceeded if longer than `max_bytes`)
std::string read_file(const std::filesystem::path& path, std::size_t max_bytes);

}  // namespace resonance
