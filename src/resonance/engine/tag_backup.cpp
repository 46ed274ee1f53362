#include "resonance/engine/tag_backup.h"

#include "resonance/core/atomic_file.h"
#include "resonance/core/error.h"

#include <algorithm>
#include <cerrno>
#include <map>
#include <optional>
#include <ranges>
#include <string_view>
#include <utility>

#include <fcntl.h>
#include <nlohmann/json.hpp>
#include <sys/stat.h>
#include <unistd.h>

namespace resonance::engine {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr int kFormat = 1;
constexpr std::size_t kMaxBytes = std::size_t{1} << 30;
constexpr const char* kMark = "resonance_tag_backup";

/// JSON text is UTF-8 and a path need not be: its bytes, each as the code point of the same number.
std::string latin1_as_utf8(std::string_view bytes) {
  std::string text;
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x80) {
      text.push_back(c);
    } else {
      text.push_back(static_cast<char>(0xC0U | byte >> 6U));
      text.push_back(static_cast<char>(0x80U | (byte & 0x3FU)));
    }
  }
  return text;
}

std::string utf8_as_latin1(std::string_view text) {
  std::string bytes;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if (byte < 0x80 || i + 1 == text.size()) {
      bytes.push_back(text[i]);
    } else {
      const auto next = static_cast<unsigned char>(text[++i]);
      bytes.push_back(static_cast<char>((byte & 0x03U) << 6U | (next & 0x3FU)));
    }
  }
  return bytes;
}

std::string line_of(const TagChange& change) {
  json line{{kMark, kFormat},
            {"kind", change.kind == TagChange::Kind::write ? "write" : "undo"},
            {"run", change.run},
            {"path", change.path},
            {"hash", to_hex(change.hash)},
            {"before", change.before},
            {"after", change.after}};
  try {
    return line.dump() + "\n";
  } catch (const json::exception&) {
    line["path_bytes"] = latin1_as_utf8(change.path);
    return line.dump(-1, ' ', false, json::error_handler_t::replace) + "\n";
  }
}

std::optional<TagChange> change_of(std::string_view line) {
  try {
    const json read = json::parse(line);
    if (read.at(kMark) != kFormat) return std::nullopt;
    TagChange change;
    change.kind = read.at("kind") == "write" ? TagChange::Kind::write : TagChange::Kind::undo;
    change.run = read.at("run").get<std::int64_t>();
    change.path = read.contains("path_bytes") ? utf8_as_latin1(read.at("path_bytes").get<std::string>())
                                              : read.at("path").get<std::string>();
    const auto hash = content_hash_from_hex(read.at("hash").get<std::string>());
    if (!hash) return std::nullopt;
    change.hash = *hash;
    change.before = read.at("before").get<tagging::TagFields>();
    change.after = read.at("after").get<tagging::TagFields>();
    return change;
  } catch (const json::exception&) {
    return std::nullopt;
  }
}

/// The backup, open for adding to. Not copyable.
class AppendFile {
 public:
  explicit AppendFile(const fs::path& path) : path_(path) {
    descriptor_ = ::open(path.c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
    if (descriptor_ < 0) fail(errno);
    size_ = ::lseek(descriptor_, 0, SEEK_END);
  }
  ~AppendFile() { ::close(descriptor_); }
  AppendFile(const AppendFile&) = delete;
  AppendFile& operator=(const AppendFile&) = delete;

  /// Whether a run that was killed left a line without its end.
  [[nodiscard]] bool ends_within_a_line() const {
    char last = '\n';
    return size_ > 0 && ::pread(descriptor_, &last, 1, size_ - 1) == 1 && last != '\n';
  }
  void add(std::string_view text) {
    while (!text.empty()) {
      const ssize_t written = ::write(descriptor_, text.data(), text.size());
      if (written < 0 && errno == EINTR) continue;
      if (written < 0) take_back(errno);
      text.remove_prefix(static_cast<std::size_t>(written));
    }
    if (::fsync(descriptor_) != 0) take_back(errno);
  }

 private:
  [[noreturn]] void take_back(int reason) {
    if (::ftruncate(descriptor_, size_) != 0)
      fail(reason);  // the next line is kept apart from the rest of this one
    fail(reason);
  }
  [[noreturn]] void fail(int reason) const {
    throw system_error(reason, "cannot write " + path_.string() + ", without which no tags are written");
  }

  fs::path path_;
  int descriptor_ = -1;
  off_t size_ = 0;
};

}  // namespace

fs::path tag_backup_path(const fs::path& catalog_directory) { return catalog_directory / "tag-backup.jsonl"; }

void append_tag_change(const fs::path& backup, const TagChange& change) {
  std::error_code problem;
  const bool is_new = !fs::exists(backup, problem);
  AppendFile file(backup);
  std::string lines(file.ends_within_a_line() ? 1 : 0, '\n');
  lines += line_of(change);
  file.add(lines);
  if (is_new) sync_directory(backup.parent_path());
}

TagChanges read_tag_changes(const fs::path& backup) {
  std::string text;
  try {
    text = read_file(backup, kMaxBytes);
  } catch (const Error& error) {
    if (error.code() == ErrorCode::not_found) return {};
    throw;
  }
  TagChanges result;
  for (std::size_t start = 0; start < text.size();) {
    const std::size_t end = text.find('\n', start);
    if (end == std::string::npos) break;  // cut off by a kill before anything was done
    const std::string_view line = std::string_view(text).substr(start, end - start);
    start = end + 1;
    if (line.empty()) continue;
    if (auto change = change_of(line)) {
      result.changes.push_back(std::move(*change));
    } else {
      ++result.damaged_lines;
    }
  }
  return result;
}

std::vector<TagChange> last_changes(const std::vector<TagChange>& changes) {
  std::map<std::pair<std::int64_t, std::string>, TagChange> open;
  for (const TagChange& change : changes) {
    if (change.kind == TagChange::Kind::write) {
      open.insert_or_assign({change.run, change.path}, change);
    } else {
      open.erase({change.run, change.path});
    }
  }
  std::vector<TagChange> last;
  if (open.empty()) return last;
  const std::int64_t run = open.rbegin()->first.first;
  for (const TagChange& change : std::views::reverse(changes)) {
    if (change.kind == TagChange::Kind::write && change.run == run && open.erase({run, change.path}) > 0) {
      last.push_back(change);
    }
  }
  return last;
}

}  // namespace resonance::engine
