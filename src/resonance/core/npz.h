#pragma once

#include "resonance/core/atomic_file.h"

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace resonance {

/// Writes an .npz file: a ZIP of stored (not compressed) .npy members, which np.load opens. At most 4 GiB in
/// all. Format: PKWARE APPNOTE 6.3, local headers with sizes known beforehand. Not thread-safe.
class NpzWriter {
 public:
  explicit NpzWriter(const std::filesystem::path& path);

  /// Adds an array of rows x cols, row-major (one-dimensional if `cols` is 0): its values in any number of
  /// parts. @throws Error(limit_exceeded) beyond 4 GiB; otherwise as AtomicFile
  void add(std::string_view name, std::span<const std::span<const float>> parts, std::size_t rows,
           std::size_t cols);
  /// Writes the directory and makes the file visible. Call once, last.
  void commit();

 private:
  struct Member {
    std::string name;
    std::uint32_t crc;
    std::uint32_t size;
    std::uint32_t offset;
  };

  std::string path_;
  AtomicFile file_;
  std::uint64_t position_ = 0;
  std::vector<Member> members_;
};

}  // namespace resonance
