#pragma once

#include <cstddef>
#include <filesystem>

#include "support/private_mount.h"

namespace resonance::testing {

/// A private mount that can be filled up and cleared. Needs root; without, is_mounted() is false.
class SmallDisk {
 public:
  SmallDisk(const std::filesystem::path& where, std::size_t bytes);
  [[nodiscard]] bool is_mounted() const { return mount_.mounted(); }
  /// Takes all but about `bytes_left` with one big file.
  void fill(std::size_t bytes_left) const;
  /// Removes that file.
  void clear() const;
  /// Mounts it read-only from now on. False if the system refuses.
  [[nodiscard]] bool make_read_only() { return mount_.make_read_only(); }

 private:
  std::filesystem::path where_;
  PrivateMount mount_;
};

}  // namespace resonance::testing
