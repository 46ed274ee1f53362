#include "integration/small_disk.h"

#include <fstream>
#include <string>

#include <sched.h>
#include <sys/mount.h>

namespace resonance::testing {

namespace fs = std::filesystem;

SmallDisk::SmallDisk(const fs::path& where, std::size_t bytes) : where_(where) {
  fs::create_directories(where);
  const std::string size = "size=" + std::to_string(bytes);
  // A mount namespace of our own: nobody else sees the disk, and it goes with this process.
  mounted_ = ::unshare(CLONE_NEWNS) == 0 &&
             ::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0 &&
             ::mount("tmpfs", where.c_str(), "tmpfs", 0, size.c_str()) == 0;
}

SmallDisk::~SmallDisk() {
  if (mounted_) ::umount2(where_.c_str(), MNT_DETACH);
}

void SmallDisk::fill(std::size_t bytes_left) const {
  const std::uintmax_t free_bytes = fs::space(where_).available;
  if (free_bytes <= bytes_left) return;
  std::ofstream file(where_ / "filler", std::ios::binary);
  const std::string block(4096, 'x');
  for (std::uintmax_t i = 0; i < (free_bytes - bytes_left) / block.size(); ++i) file << block;
}

void SmallDisk::clear() const { fs::remove(where_ / "filler"); }

bool SmallDisk::make_read_only() const {
  return ::mount("none", where_.c_str(), nullptr, MS_REMOUNT | MS_RDONLY, nullptr) == 0;
}

}  // namespace resonance::testing
