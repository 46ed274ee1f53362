#include "support/kill_point.h"

#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstddef>
#include <cstdio>

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

namespace resonance::testing {
namespace {

std::atomic<long> changes{0};
std::atomic<long> last_change{0};  // 0: nobody dies
std::atomic<Death> way{Death::before};

[[noreturn]] void die() {
  for (;;) ::kill(::getpid(), SIGKILL);
}

/// Counts a change; true if this is the one to die at.
bool is_due() {
  if (last_change == 0) return false;
  return ++changes == last_change;
}

void change() {
  if (is_due()) die();
}

bool is_file(int descriptor) {
  struct stat status {};
  return ::fstat(descriptor, &status) == 0 && S_ISREG(status.st_mode);
}

template <typename Write>
ssize_t write_or_die(int descriptor, std::size_t size, Write write) {
  if (last_change != 0 && is_file(descriptor) && is_due()) {
    if (way == Death::half_written) (void)write(size / 2);
    die();
  }
  return write(size);
}

}  // namespace

void die_at_change(long number, Death death) {
  changes = 0;
  way = death;
  last_change = number;
}

long changes_made() { return changes; }

}  // namespace resonance::testing

using resonance::testing::change;
using resonance::testing::write_or_die;

// The system's own, found before the C library's. NOLINTBEGIN(readability-identifier-naming)
extern "C" {

ssize_t write(int descriptor, const void* bytes, size_t size) {
  return write_or_die(descriptor, size, [&](size_t n) { return syscall(SYS_write, descriptor, bytes, n); });
}
ssize_t pwrite(int descriptor, const void* bytes, size_t size, off_t at) {
  return write_or_die(descriptor, size,
                      [&](size_t n) { return syscall(SYS_pwrite64, descriptor, bytes, n, at); });
}
ssize_t pwrite64(int descriptor, const void* bytes, size_t size, off64_t at) {
  return pwrite(descriptor, bytes, size, at);
}
int fsync(int descriptor) {
  change();
  return static_cast<int>(syscall(SYS_fsync, descriptor));
}
int fdatasync(int descriptor) {
  change();
  return static_cast<int>(syscall(SYS_fdatasync, descriptor));
}
int ftruncate(int descriptor, off_t size) noexcept {
  change();
  return static_cast<int>(syscall(SYS_ftruncate, descriptor, size));
}
int ftruncate64(int descriptor, off64_t size) noexcept { return ftruncate(descriptor, size); }
int rename(const char* from, const char* to) noexcept {
  change();
  return static_cast<int>(syscall(SYS_rename, from, to));
}
int unlink(const char* path) noexcept {
  change();
  return static_cast<int>(syscall(SYS_unlink, path));
}
int unlinkat(int folder, const char* path, int flags) noexcept {
  change();
  return static_cast<int>(syscall(SYS_unlinkat, folder, path, flags));
}
int rmdir(const char* path) noexcept {
  change();
  return static_cast<int>(syscall(SYS_rmdir, path));
}
int remove(const char* path) noexcept {
  change();
  const long result = syscall(SYS_unlink, path);
  return static_cast<int>(result != 0 && errno == EISDIR ? syscall(SYS_rmdir, path) : result);
}
int mkdir(const char* path, mode_t mode) noexcept {
  change();
  return static_cast<int>(syscall(SYS_mkdir, path, mode));
}
int symlink(const char* target, const char* path) noexcept {
  change();
  return static_cast<int>(syscall(SYS_symlink, target, path));
}
int link(const char* from, const char* to) noexcept {
  change();
  return static_cast<int>(syscall(SYS_link, from, to));
}

}  // extern "C"
// NOLINTEND(readability-identifier-naming)
