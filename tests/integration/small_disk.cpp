#include "integration/small_disk.h"

#include <fstream>
#include <string>

namespace resonance::testing {

namespace fs = std::filesystem;

namespace {

const fs::path& made(const fs::path& folder) {
  fs::create_directories(folder);
  return folder;
}

}  // namespace

SmallDisk::SmallDisk(const fs::path& where, std::size_t bytes) : where_(where), mount_(made(where), bytes) {}

void SmallDisk::fill(std::size_t bytes_left) const {
  const std::uintmax_t free_bytes = fs::space(where_).available;
  if (free_bytes <= bytes_left) return;
  std::ofstream file(where_ / "filler", std::ios::binary);
  const std::string block(4096, 'x');
  for (std::uintmax_t i = 0; i < (free_bytes - bytes_left) / block.size(); ++i) file << block;
}

void SmallDisk::clear() const { fs::remove(where_ / "filler"); }

}  // namespace resonance::testing
