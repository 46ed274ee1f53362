#pragma once

#include <filesystem>

namespace resonance::sqlite {

/// A lock between processes (flock on a file of its own), for what SQLite's short locks do not cover: who
/// owns a store for as long as it is open. The system releases it however the process ends; the file stays.
/// Two objects exclude each other within one process too. Not thread-safe.
class FileLock {
 public:
  /// Makes the file if need be and takes no lock yet. @throws Error(not_found, unreadable, no_space)
  explicit FileLock(const std::filesystem::path& path);
  ~FileLock();
  FileLock(const FileLock&) = delete;
  FileLock& operator=(const FileLock&) = delete;

  /// For one holder alone. False if somebody holds the lock, exclusively or shared. @throws Error(unreadable)
  bool try_exclusive();
  /// Along with others. Waits for an exclusive holder; an exclusive lock of this object's becomes a shared
  /// one.
  void share();
  /// Process that took it exclusively last, 0 if unknown.
  [[nodiscard]] long holder() const;

 private:
  std::filesystem::path path_;
  int descriptor_;
};

}  // namespace resonance::sqlite
