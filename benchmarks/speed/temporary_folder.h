#pragma once

#include <filesystem>
#include <string>
#include <system_error>

#include <unistd.h>

namespace resonance::benchmarks {

/// A folder on the disk of the temporary files that goes with the object.
class TemporaryFolder {
 public:
  TemporaryFolder()
      : path_(std::filesystem::temp_directory_path() / ("resonance-bench-" + std::to_string(::getpid()))) {}
  ~TemporaryFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;

  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

}  // namespace resonance::benchmarks
