#include "resonance/tagging/tag_edit.h"

#include "resonance/core/atomic_file.h"
#include "resonance/core/error.h"
#include "resonance/tagging/tag_file.h"

#include <array>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstring>
#include <string_view>
#include <system_error>
#include <vector>

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

namespace resonance::tagging {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kCopyPrefix = ".resonance-tag-";
constexpr std::size_t kBlockBytes = std::size_t{1} << 20;

/// An open file. Not copyable.
class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  ~Descriptor() {
    if (number_ >= 0) ::close(number_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  [[nodiscard]] int number() const { return number_; }

 private:
  int number_;
};

[[noreturn]] void cannot_write(const fs::path& name, int reason) {
  throw system_error(reason, "cannot write the tags of " + name.string());
}

std::int64_t nanoseconds(const struct timespec& time) {
  return std::int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
}

struct stat status_of(const fs::path& path, const fs::path& name) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) throw system_error(errno, "cannot read " + name.string());
  return status;
}

void require_writable(const fs::path& target, const fs::path& name, const struct stat& status) {
  if (!S_ISREG(status.st_mode)) throw Error(ErrorCode::unsupported_format, name.string() + " is not a file");
  // The rename would go through, and root may write anything: but whoever protected it meant it.
  if ((status.st_mode & 0222U) == 0) {
    throw Error(ErrorCode::unreadable, name.string() + " is write-protected: its tags stay as they are");
  }
  if (::access(target.c_str(), W_OK) != 0) cannot_write(name, errno);
}

void copy_bytes(int from, int to, const fs::path& name) {
  std::vector<char> block(kBlockBytes);
  for (;;) {
    const ssize_t count = ::read(from, block.data(), block.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) throw system_error(errno, "cannot read " + name.string());
    if (count == 0) return;
    for (ssize_t done = 0; done < count;) {
      const ssize_t written = ::write(to, block.data() + done, static_cast<std::size_t>(count - done));
      if (written < 0 && errno == EINTR) continue;
      if (written < 0) cannot_write(name, errno);
      done += written;
    }
  }
}

/// What the system says of attributes that a file system does not have or that are not ours to set.
bool may_be_passed_over(int reason) { return reason == ENOTSUP || reason == EPERM || reason == ENODATA; }

void copy_attributes(int from, int to, const fs::path& name) {
  const ssize_t size = ::flistxattr(from, nullptr, 0);
  if (size <= 0) return;
  std::string names(static_cast<std::size_t>(size), '\0');
  const ssize_t listed = ::flistxattr(from, names.data(), names.size());
  if (listed < 0) return;
  names.resize(static_cast<std::size_t>(listed));
  for (std::size_t start = 0; start < names.size(); start += std::strlen(names.c_str() + start) + 1) {
    const char* attribute = names.c_str() + start;
    const ssize_t length = ::fgetxattr(from, attribute, nullptr, 0);
    if (length < 0) continue;
    std::vector<char> value(static_cast<std::size_t>(length));
    const ssize_t got = ::fgetxattr(from, attribute, value.data(), value.size());
    if (got < 0) continue;
    if (::fsetxattr(to, attribute, value.data(), static_cast<std::size_t>(got), 0) != 0 &&
        !may_be_passed_over(errno)) {
      cannot_write(name, errno);
    }
  }
}

/// Owner, mode and the like, as the file had them.
void dress(const fs::path& copy, const fs::path& target, const struct stat& status, const fs::path& name) {
  const Descriptor from(::open(target.c_str(), O_RDONLY | O_CLOEXEC));
  const Descriptor to(::open(copy.c_str(), O_RDWR | O_CLOEXEC));
  if (from.number() < 0 || to.number() < 0) cannot_write(name, errno);
  struct stat own {};
  if (::fstat(to.number(), &own) != 0) cannot_write(name, errno);
  const bool owned_alike = own.st_uid == status.st_uid && own.st_gid == status.st_gid;
  if (!owned_alike && ::fchown(to.number(), status.st_uid, status.st_gid) != 0) {
    throw Error(ErrorCode::unreadable, name.string() +
                                           " belongs to another user or group, and would not afterwards: its "
                                           "tags stay as they are (run it as that user)");
  }
  if (::fchmod(to.number(), status.st_mode & 07777U) != 0) cannot_write(name, errno);
  copy_attributes(from.number(), to.number(), name);
  const std::array<struct timespec, 2> times{status.st_atim, {0, UTIME_OMIT}};
  if (::futimens(to.number(), times.data()) != 0 && errno != EPERM) cannot_write(name, errno);
  if (::fsync(to.number()) != 0) cannot_write(name, errno);
}

/// Holds what was written against what was there, with fresh eyes.
void require_only_these_changes(const fs::path& copy, const TagLib::PropertyMap& before,
                                const TagFields& changes, const fs::path& name) {
  TagLib::PropertyMap expected = before;
  TagLib::PropertyMap now = TagFile(copy, FileStream::Mode::read, name).properties();
  for (const auto& [field, values] : changes) {
    if (texts_of(now.value(property_name(field))).empty() != values.empty()) {
      throw Error(ErrorCode::unsupported_format,
                  "the format of " + name.string() + " has no place for " + field);
    }
    expected.erase(property_name(field));
    now.erase(property_name(field));
  }
  if (now != expected) {
    throw Error(ErrorCode::unsupported_format,
                "writing into " + name.string() + " would change other tags too: they stay as they are");
  }
}

}  // namespace

TagEdit::TagEdit(const fs::path& path, const TagFields& changes) : name_(path) {
  std::error_code problem;
  target_ = fs::canonical(path, problem);
  if (problem) throw system_error(problem.value(), "cannot read " + name_.string());
  const struct stat status = status_of(target_, name_);
  require_writable(target_, name_, status);
  size_ = status.st_size;
  changed_ns_ = nanoseconds(status.st_ctim);

  copy_ = target_.parent_path() / (std::string(kCopyPrefix) + std::to_string(static_cast<long>(::getpid())) +
                                   target_.extension().string());
  ::unlink(copy_.c_str());  // of a killed process that had our number
  try {
    {
      const Descriptor from(::open(target_.c_str(), O_RDONLY | O_CLOEXEC));
      if (from.number() < 0) throw system_error(errno, "cannot read " + name_.string());
      const Descriptor to(::open(copy_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
      if (to.number() < 0) cannot_write(name_, errno);
      copy_bytes(from.number(), to.number(), name_);
    }
    TagLib::PropertyMap before;
    {
      TagFile file(copy_, FileStream::Mode::read_write, name_);
      before = file.properties();
      file.change(changes);
      file.sync();
    }
    require_only_these_changes(copy_, before, changes, name_);
    dress(copy_, target_, status, name_);
  } catch (...) {
    ::unlink(copy_.c_str());
    throw;
  }
}

TagEdit::~TagEdit() {
  if (!committed_) ::unlink(copy_.c_str());
}

void TagEdit::commit() {
  const struct stat now = status_of(target_, name_);
  if (now.st_size != size_ || nanoseconds(now.st_ctim) != changed_ns_) {
    throw Error(ErrorCode::busy,
                name_.string() + " is being changed by another program: its tags stay as they are");
  }
  if (::rename(copy_.c_str(), target_.c_str()) != 0) cannot_write(name_, errno);
  committed_ = true;
  sync_directory(target_.parent_path());
}

void remove_leftover_copies(const fs::path& folder) {
  std::error_code problem;
  for (fs::directory_iterator entry(folder, problem), end; !problem && entry != end;
       entry.increment(problem)) {
    const std::string name = entry->path().filename().string();
    if (!name.starts_with(kCopyPrefix)) continue;
    long process = 0;
    const auto parsed = std::from_chars(name.data() + kCopyPrefix.size(), name.data() + name.size(), process);
    if (parsed.ec != std::errc() || process <= 0) continue;
    const bool runs = ::kill(static_cast<pid_t>(process), 0) == 0 || errno != ESRCH;
    if (!runs) ::unlink(entry->path().c_str());
  }
}

}  // namespace resonance::tagging
