#include "resonance/sqlite/file_lock.h"

#include "resonance/core/error.h"

#include <array>
#include <cerrno>
#include <charconv>
#include <string>

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

namespace resonance::sqlite {

FileLock::FileLock(const std::filesystem::path& path)
    : path_(path), descriptor_(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644)) {
  if (descriptor_ < 0) throw system_error(errno, "cannot write " + path_.string());
}

FileLock::~FileLock() { ::close(descriptor_); }

bool FileLock::try_exclusive() {
  if (::flock(descriptor_, LOCK_EX | LOCK_NB) != 0) {
    if (errno == EWOULDBLOCK) return false;
    throw system_error(errno, "cannot lock " + path_.string());
  }
  const std::string process = std::to_string(static_cast<long>(::getpid())) + "\n";
  // Only a courtesy to whoever finds the lock taken: a full disk does not matter here.
  if (::ftruncate(descriptor_, 0) == 0) {
    [[maybe_unused]] const ssize_t written = ::pwrite(descriptor_, process.data(), process.size(), 0);
  }
  return true;
}

void FileLock::share() {
  while (::flock(descriptor_, LOCK_SH) != 0) {
    if (errno != EINTR) throw system_error(errno, "cannot lock " + path_.string());
  }
}

long FileLock::holder() const {
  std::array<char, 20> text{};
  const ssize_t size = ::pread(descriptor_, text.data(), text.size(), 0);
  long process = 0;
  if (size > 0) std::from_chars(text.data(), text.data() + size, process);
  return process;
}

}  // namespace resonance::sqlite
