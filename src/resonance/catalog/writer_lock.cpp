#include "resonance/catalog/writer_lock.h"

#include "resonance/core/error.h"

#include <array>
#include <cerrno>
#include <charconv>
#include <string>

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

namespace resonance::catalog {
namespace {

// "process 1234", as far as the holder has written it yet.
std::string holder_of(int descriptor) {
  std::array<char, 20> text{};
  const ssize_t size = ::pread(descriptor, text.data(), text.size(), 0);
  long process = 0;
  if (size > 0) std::from_chars(text.data(), text.data() + size, process);
  return process > 0 ? " (process " + std::to_string(process) + ")" : "";
}

}  // namespace

WriterLock::WriterLock(const std::filesystem::path& directory) : descriptor_(-1) {
  const std::filesystem::path path = directory / ".lock";
  descriptor_ = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644);
  if (descriptor_ < 0) throw system_error(errno, "cannot write " + path.string());
  if (::flock(descriptor_, LOCK_EX | LOCK_NB) != 0) {
    const int reason = errno;
    const std::string holder = holder_of(descriptor_);
    ::close(descriptor_);
    if (reason != EWOULDBLOCK) throw system_error(reason, "cannot lock " + path.string());
    throw Error(ErrorCode::busy, "another resonance" + holder + " is writing " + directory.string() +
                                     "; wait until it is done, or stop it");
  }
  const std::string process = std::to_string(static_cast<long>(::getpid())) + "\n";
  // Only a courtesy to whoever finds the lock taken: a full disk does not matter here.
  if (::ftruncate(descriptor_, 0) == 0) {
    [[maybe_unused]] const ssize_t written = ::pwrite(descriptor_, process.data(), process.size(), 0);
  }
}

WriterLock::~WriterLock() { ::close(descriptor_); }

}  // namespace resonance::catalog
