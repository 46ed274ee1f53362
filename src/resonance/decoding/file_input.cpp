#include "resonance/decoding/file_input.h"

#include <algorithm>
#include <cerrno>
#include <new>
#include <string>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

extern "C" {
#include <libavutil/mem.h>
}

#include "resonance/core/error.h"

namespace resonance::decoding {
namespace {

constexpr int kBufferBytes = 32 * 1024;

// A well-made file is read once, plus its index; one with badly interleaved streams re-reads a buffer per
// chunk.
constexpr std::int64_t kReadsOfTheFile = 16;
constexpr std::int64_t kFreeBytes = 64 << 20;
constexpr std::int64_t kFreeCalls = 1'000'000;

}  // namespace

FileInput::FileInput(const std::filesystem::path& path) {
  // O_NONBLOCK: opening a FIFO without a writer would otherwise wait for one.
  descriptor_ = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
  if (descriptor_ < 0) throw system_error(errno, "cannot open " + path.string());
  try {
    struct stat status {};
    if (::fstat(descriptor_, &status) != 0) throw system_error(errno, "cannot open " + path.string());
    if (!S_ISREG(status.st_mode)) {
      throw Error(ErrorCode::unsupported_format,
                  path.string() + (S_ISDIR(status.st_mode) ? " is a folder, not an audio file"
                                                           : " is no regular file; only those are read"));
    }
    if (status.st_size == 0)
      throw Error(ErrorCode::corrupt_data, path.string() + " is empty: it holds no audio");
    size_ = end_ = status.st_size;
    ::posix_fadvise(descriptor_, 0, 0, POSIX_FADV_SEQUENTIAL);
    make_context();
  } catch (...) {
    ::close(descriptor_);
    throw;
  }
}

void FileInput::make_context() {
  auto* buffer = static_cast<unsigned char*>(require_allocated(av_malloc(kBufferBytes)));
  io_.reset(avio_alloc_context(buffer, kBufferBytes, 0, this, &FileInput::read, nullptr, &FileInput::seek));
  if (!io_) {
    av_free(buffer);
    throw std::bad_alloc();
  }
}

void FileInput::restart_with_end(std::int64_t offset) {
  end_ = offset;
  position_ = 0;
  make_context();
}

FileInput::~FileInput() { ::close(descriptor_); }

std::size_t FileInput::read_at(std::int64_t offset, std::span<std::byte> target) const {
  std::size_t done = 0;
  while (done < target.size()) {
    const auto rest = target.subspan(done);
    const ssize_t count = ::pread(descriptor_, rest.data(), rest.size(),
                                  static_cast<off_t>(offset + static_cast<std::int64_t>(done)));
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) break;
    done += static_cast<std::size_t>(count);
  }
  return done;
}

bool FileInput::within_budget() noexcept {
  ++calls_;
  if (bytes_read_ > kReadsOfTheFile * size_ + kFreeBytes || calls_ > kFreeCalls + size_ / 256)
    budget_exceeded_ = true;
  return !budget_exceeded_;
}

int FileInput::read(void* self, std::uint8_t* target, int size) {
  auto& input = *static_cast<FileInput*>(self);
  if (!input.within_budget()) return AVERROR_EXIT;
  const std::int64_t available = std::min<std::int64_t>(size, input.end_ - input.position_);
  if (available <= 0) return AVERROR_EOF;
  const std::span<std::uint8_t> wanted(target, static_cast<std::size_t>(available));
  const auto count = static_cast<int>(input.read_at(input.position_, std::as_writable_bytes(wanted)));
  if (count < available) input.cut_short_ = true;
  if (count == 0) return AVERROR_EOF;
  input.position_ += count;
  input.bytes_read_ += count;
  return count;
}

std::int64_t FileInput::seek(void* self, std::int64_t offset, int whence) {
  auto& input = *static_cast<FileInput*>(self);
  if (!input.within_budget()) return AVERROR_EXIT;
  switch (whence & ~AVSEEK_FORCE) {
    case AVSEEK_SIZE:
      return input.end_;
    case SEEK_SET:
      break;
    case SEEK_CUR:
      offset += input.position_;
      break;
    case SEEK_END:
      offset += input.end_;
      break;
    default:
      return AVERROR(EINVAL);
  }
  if (offset < 0) return AVERROR(EINVAL);
  return input.position_ = offset;
}

}  // namespace resonance::decoding
