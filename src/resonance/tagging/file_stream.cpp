#include "resonance/tagging/file_stream.h"

#include "resonance/core/error.h"

#include <algorithm>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace resonance::tagging {
namespace {

constexpr long kBlockBytes = 1L << 20;

}  // namespace

FileStream::FileStream(const std::filesystem::path& path, Mode mode) : name_(path.string()), mode_(mode) {
  const int access = mode == Mode::read ? O_RDONLY | O_NONBLOCK : O_RDWR;
  descriptor_ = ::open(name_.c_str(), access | O_CLOEXEC);
  if (descriptor_ < 0) {
    throw system_error(errno, (mode == Mode::read ? "cannot read " : "cannot write ") + name_);
  }
  struct stat status {};
  if (::fstat(descriptor_, &status) != 0 || !S_ISREG(status.st_mode)) {
    ::close(descriptor_);
    throw Error(ErrorCode::unsupported_format, name_ + " is not a file");
  }
}

FileStream::~FileStream() { ::close(descriptor_); }

void FileStream::sync() {
  if (::fsync(descriptor_) != 0) refuse(errno);
}

TagLib::ByteVector FileStream::read_at(long offset, unsigned long length) {
  const long available = std::max(0L, this->length() - offset);
  const auto wanted = static_cast<unsigned int>(std::min(length, static_cast<unsigned long>(available)));
  TagLib::ByteVector data(wanted, '\0');
  unsigned int done = 0;
  while (done < wanted) {
    const ssize_t count = ::pread(descriptor_, data.data() + done, wanted - done, offset + done);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) refuse(errno);
    if (count <= 0) break;
    done += static_cast<unsigned int>(count);
  }
  data.resize(done);
  return data;
}

void FileStream::write_at(long offset, const TagLib::ByteVector& data) {
  unsigned int done = 0;
  while (done < data.size() && error_number_ == 0) {
    const ssize_t count = ::pwrite(descriptor_, data.data() + done, data.size() - done, offset + done);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) {
      refuse(errno);
    } else {
      done += static_cast<unsigned int>(count);
    }
  }
}

// The ranges may overlap.
void FileStream::move(long from, long to, long length) {
  for (long done = 0; done < length && error_number_ == 0;) {
    const long size = std::min(kBlockBytes, length - done);
    const long start = to > from ? length - done - size : done;
    const TagLib::ByteVector block = read_at(from + start, static_cast<unsigned long>(size));
    if (block.size() != static_cast<unsigned long>(size)) return refuse(EIO);
    write_at(to + start, block);
    done += size;
  }
}

TagLib::ByteVector FileStream::readBlock(unsigned long length) {
  TagLib::ByteVector data = read_at(position_, length);
  position_ += static_cast<long>(data.size());
  return data;
}

void FileStream::writeBlock(const TagLib::ByteVector& data) {
  write_at(position_, data);
  position_ += static_cast<long>(data.size());
}

void FileStream::insert(const TagLib::ByteVector& data, unsigned long start, unsigned long replace) {
  const long end = length();
  const long first = std::min(static_cast<long>(start), end);
  const long replaced = std::min(static_cast<long>(replace), end - first);
  const long size = static_cast<long>(data.size());
  const long rest = first + replaced;
  if (size != replaced) move(rest, first + size, end - rest);
  write_at(first, data);
  if (size < replaced) truncate(end - replaced + size);
  position_ = first + size;
}

void FileStream::removeBlock(unsigned long start, unsigned long length) {
  insert(TagLib::ByteVector(), start, length);
}

void FileStream::seek(long offset, Position from) {
  const long base = from == Beginning ? 0 : from == Current ? position_ : length();
  position_ = std::max(0L, base + offset);
}

long FileStream::length() {
  struct stat status {};
  if (::fstat(descriptor_, &status) != 0) {
    refuse(errno);
    return 0;
  }
  return static_cast<long>(status.st_size);
}

void FileStream::truncate(long length) {
  if (error_number_ == 0 && ::ftruncate(descriptor_, length) != 0) refuse(errno);
}

}  // namespace resonance::tagging
