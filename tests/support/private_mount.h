#pragma once

#include <cstddef>
#include <filesystem>

namespace resonance::testing {

/// A file system of its own on a folder, seen by this thread only: a small disk that can be full, a disk that
/// can be read-only also for root. Unmounted with the object. Needs the right to mount; tests skip without
/// it.
class PrivateMount {
 public:
  /// Empty, in memory, `size_bytes` large.
  PrivateMount(std::filesystem::path folder, std::size_t size_bytes);
  ~PrivateMount();
  PrivateMount(const PrivateMount&) = delete;
  PrivateMount& operator=(const PrivateMount&) = delete;

  [[nodiscard]] bool mounted() const { return mounted_; }
  [[nodiscard]] bool make_read_only();

 private:
  std::filesystem::path folder_;
  bool mounted_ = false;
};

}  // namespace resonance::testing
