#pragma once

#include <filesystem>

namespace resonance::catalog {

/// Held by the one process that writes a catalog: an exclusive flock on `directory`/.lock, which also holds
/// the process's id. The system releases it however the process ends; the file stays.
class WriterLock {
 public:
  /// @throws Error(busy) naming the holder; Error(not_found, unreadable, no_space)
  explicit WriterLock(const std::filesystem::path& directory);
  ~WriterLock();
  WriterLock(const WriterLock&) = delete;
  WriterLock& operator=(const WriterLock&) = delete;

 private:
  int descriptor_;
};

}  // namespace resonance::catalog
