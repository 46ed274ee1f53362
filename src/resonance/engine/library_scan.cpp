#include "resonance/engine/library_scan.h"

#include "resonance/audio/audio_file.h"
#include "resonance/core/error.h"

#include <algorithm>
#include <cerrno>
#include <memory>
#include <optional>
#include <set>
#include <system_error>
#include <utility>

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>

namespace resonance::engine {
namespace {

namespace fs = std::filesystem;

struct CloseDirectory {
  void operator()(DIR* directory) const noexcept { ::closedir(directory); }
};
using Directory = std::unique_ptr<DIR, CloseDirectory>;

catalog::FileStamp stamp_of(const struct stat& status) {
  return {status.st_size, status.st_mtim.tv_sec * std::int64_t{1'000'000'000} + status.st_mtim.tv_nsec};
}

class Scanner {
 public:
  Scanner(LibraryScan& result, const std::stop_token& stop) : result_(result), stop_(stop) {}

  /// Walks without recursion, so that a deep tree costs no stack.
  void walk(const std::string& root) {
    pending_.push_back(root);
    while (!pending_.empty()) {
      if (stop_.stop_requested()) throw Error(ErrorCode::cancelled, "stopped while looking through " + root);
      const std::string folder = std::move(pending_.back());
      pending_.pop_back();
      enter(folder);
    }
  }

 private:
  void enter(const std::string& folder) {
    const Directory directory(::opendir(folder.c_str()));
    struct stat status {};
    if (!directory || ::fstat(::dirfd(directory.get()), &status) != 0) {
      note_unreadable(folder, errno);
      return;
    }
    if (!entered_.emplace(status.st_dev, status.st_ino).second) return;
    while (true) {
      errno = 0;
      // One thread reads this stream; readdir is safe then (POSIX.1-2024 says so for all).
      const dirent* entry = ::readdir(directory.get());  // NOLINT(concurrency-mt-unsafe)
      if (entry == nullptr) {
        if (errno != 0) note_unreadable(folder, errno);
        return;
      }
      if (entry->d_name[0] != '.') look_at(directory.get(), folder, *entry);
    }
  }

  void look_at(DIR* directory, const std::string& folder, const dirent& entry) {
    const std::string path = (folder == "/" ? "" : folder) + "/" + entry.d_name;
    const bool audio = audio::has_audio_suffix(path);
    if (entry.d_type == DT_REG && !audio) return;  // spares a stat for every picture and text
    struct stat status {};
    if (::fstatat(::dirfd(directory), entry.d_name, &status, 0) != 0) {
      // A dangling link or a file that has just gone is nobody's loss; the rest is worth a line.
      if (errno != ENOENT && (audio || entry.d_type == DT_DIR)) note_unreadable(path, errno);
      return;
    }
    if (S_ISDIR(status.st_mode)) {
      pending_.push_back(path);
    } else if (S_ISREG(status.st_mode) && audio) {
      result_.files.push_back({path, stamp_of(status)});
    }
  }

  void note_unreadable(const std::string& path, int error_number) {
    const Error error = system_error(error_number, "cannot read " + path);
    result_.unreadable.push_back({path, std::string(name_of(error.code())), error.what()});
  }

  LibraryScan& result_;
  const std::stop_token& stop_;
  std::vector<std::string> pending_;
  std::set<std::pair<dev_t, ino_t>> entered_;
};

}  // namespace

LibraryScan scan_library(const std::vector<fs::path>& roots, const std::stop_token& stop) {
  LibraryScan result;
  Scanner scanner(result, stop);
  for (const fs::path& root : roots) {
    std::error_code problem;
    const fs::path canonical = fs::canonical(root, problem);
    struct stat status {};
    if (problem || ::stat(canonical.c_str(), &status) != 0) {
      throw system_error(problem ? problem.value() : errno, "cannot index " + root.string());
    }
    result.roots.push_back(canonical.string());
    if (S_ISDIR(status.st_mode)) {
      if (!Directory(::opendir(canonical.c_str())))
        throw system_error(errno, "cannot index " + root.string());
      scanner.walk(canonical.string());
    } else if (S_ISREG(status.st_mode)) {
      result.files.push_back({canonical.string(), stamp_of(status)});
    } else {
      throw Error(ErrorCode::invalid_argument, root.string() + " is neither a folder nor a file");
    }
  }
  std::sort(result.files.begin(), result.files.end(),
            [](const ScannedFile& a, const ScannedFile& b) { return a.path < b.path; });
  const auto same_path = [](const ScannedFile& a, const ScannedFile& b) { return a.path == b.path; };
  result.files.erase(std::unique(result.files.begin(), result.files.end(), same_path), result.files.end());
  return result;
}

bool lies_under(std::string_view path, std::string_view root) {
  if (!path.starts_with(root)) return false;
  return path.size() == root.size() || root.ends_with('/') || path[root.size()] == '/';
}

}  // namespace resonance::engine
