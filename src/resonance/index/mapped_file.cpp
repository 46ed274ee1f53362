#include "resonance/index/mapped_file.h"

#include "resonance/core/error.h"

#include <cerrno>
#include <string>
#include <utility>

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

namespace resonance::index {

MappedFile::MappedFile(const std::filesystem::path& path, Reading reading) {
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) throw system_error(errno, "cannot read " + path.string());
  struct stat status {};
  void* mapped = nullptr;
  int problem = 0;
  if (::fstat(descriptor, &status) != 0) {
    problem = errno;
  } else if (!S_ISREG(status.st_mode)) {
    problem = EINVAL;
  } else if (status.st_size > 0) {
    mapped = ::mmap(nullptr, static_cast<std::size_t>(status.st_size), PROT_READ, MAP_SHARED, descriptor, 0);
    if (mapped == MAP_FAILED) problem = errno;
  }
  ::close(descriptor);
  if (problem != 0) throw system_error(problem, "cannot read " + path.string());
  if (mapped != nullptr) {
    if (reading == Reading::here_and_there) {
      ::madvise(mapped, static_cast<std::size_t>(status.st_size), MADV_RANDOM);  // advice may be ignored
    }
    bytes_ = {static_cast<const std::byte*>(mapped), static_cast<std::size_t>(status.st_size)};
  }
}

MappedFile::~MappedFile() {
  if (!bytes_.empty()) ::munmap(const_cast<std::byte*>(bytes_.data()), bytes_.size());
}

MappedFile::MappedFile(MappedFile&& other) noexcept : bytes_(std::exchange(other.bytes_, {})) {}

MappedFile& MappedFile::operator=(MappedFile&& other) noexcept {
  std::swap(bytes_, other.bytes_);
  return *this;
}

}  // namespace resonance::index
