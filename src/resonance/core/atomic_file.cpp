#include "resonance/core/atomic_file.h"

#include "resonance/core/error.h"

#include <cerrno>
#include <fstream>
#include <string>
#include <utility>

#include <fcntl.h>
#include <unistd.h>

namespace resonance {

AtomicFile::AtomicFile(std::filesystem::path target)
    : target_(std::move(target)),
      temporary_(target_.string() + ".tmp" + std::to_string(static_cast<long>(::getpid()))) {
  descriptor_ = ::open(temporary_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (descriptor_ < 0) throw system_error(errno, "cannot write " + target_.string());
}

AtomicFile::~AtomicFile() {
  if (descriptor_ < 0) return;
  ::close(descriptor_);
  ::unlink(temporary_.c_str());
}

void AtomicFile::write(std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(descriptor_, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) throw system_error(errno, "cannot write " + target_.string());
    bytes = bytes.subspan(static_cast<std::size_t>(written));
  }
}

void AtomicFile::write(std::string_view text) { write(std::as_bytes(std::span(text))); }

void AtomicFile::rewrite_start(std::string_view bytes) {
  for (off_t at = 0; !bytes.empty();) {
    const ssize_t written = ::pwrite(descriptor_, bytes.data(), bytes.size(), at);
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) throw system_error(errno, "cannot write " + target_.string());
    bytes.remove_prefix(static_cast<std::size_t>(written));
    at += written;
  }
}

void AtomicFile::commit() {
  if (::fsync(descriptor_) != 0) throw system_error(errno, "cannot write " + target_.string());
  if (::close(std::exchange(descriptor_, -1)) != 0 || ::rename(temporary_.c_str(), target_.c_str()) != 0) {
    const int reason = errno;
    ::unlink(temporary_.c_str());
    throw system_error(reason, "cannot write " + target_.string());
  }
  sync_directory(target_.has_parent_path() ? target_.parent_path() : std::filesystem::path("."));
}

void sync_directory(const std::filesystem::path& directory) {
  const int descriptor = ::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0) throw system_error(errno, "cannot open folder " + directory.string());
  const int result = ::fsync(descriptor);
  const int reason = errno;
  ::close(descriptor);
  // Some network file systems cannot sync a folder; their rename is as durable as it gets.
  if (result != 0 && reason != EINVAL && reason != ENOTSUP) {
    throw system_error(reason, "cannot sync folder " + directory.string());
  }
}

std::string read_file(const std::filesystem::path& path, std::size_t max_bytes) {
  std::ifstream file(path, std::ios::binary);
  if (!file) throw system_error(errno, "cannot read " + path.string());
  std::string content;
  char buffer[65536];
  while (file.read(buffer, sizeof buffer) || file.gcount() > 0) {
    content.append(buffer, static_cast<std::size_t>(file.gcount()));
    if (content.size() > max_bytes) {
      throw Error(ErrorCode::limit_exceeded,
                  path.string() + " is larger than " + std::to_string(max_bytes) + " bytes");
    }
  }
  if (file.bad()) throw system_error(EIO, "cannot read " + path.string());
  return content;
}

}  // namespace resonance
