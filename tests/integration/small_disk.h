#pragma once

#include <cstddef>
#include <filesystem>

namespace resonance::testing {

/// A file system of its own at `where`, of a few megabytes, seen by this process and its children only. Needs
/// root; without, is_mounted() is false.
class SmallDisk {
 public:
  SmallDisk(const std::filesystem::path& where, std::size_t bytes);
  ~SmallDisk();
  SmallDisk(const SmallDisk&) = delete;
  SmallDisk& operator=(const SmallDisk&) = delete;

  [[nodiscard]] bool is_mounted() const { return mounted_; }
  /// Takes all but about `bytes_left` with one big file.
  void fill(std::size_t bytes_left) const;
  /// Removes that file.
  void clear() const;
  /// Mounts it read-only from now on. False if the system refuses.
  [[nodiscard]] bool make_read_only() const;

 private:
  std::filesystem::path where_;
  bool mounted_ = false;
};

}  // namespace resonance::testing
