#include "support/private_mount.h"

#include <string>
#include <utility>

#include <sched.h>
#include <sys/mount.h>

namespace resonance::testing {

PrivateMount::PrivateMount(std::filesystem::path folder, std::size_t size_bytes)
    : folder_(std::move(folder)) {
  if (::unshare(CLONE_NEWNS) != 0) return;
  if (::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) return;
  const std::string options = "size=" + std::to_string(size_bytes);
  mounted_ = ::mount("tmpfs", folder_.c_str(), "tmpfs", 0, options.c_str()) == 0;
}

PrivateMount::~PrivateMount() {
  if (mounted_) ::umount2(folder_.c_str(), MNT_DETACH);
}

bool PrivateMount::make_read_only() {
  return mounted_ && ::mount("none", folder_.c_str(), nullptr, MS_REMOUNT | MS_RDONLY, nullptr) == 0;
}

}  // namespace resonance::testing
