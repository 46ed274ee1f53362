#pragma once

#include "resonance/tagging/tag_fields.h"

#include <cstdint>
#include <filesystem>

namespace resonance::tagging {

/// A change of a file's tags that is ready and not yet visible: a copy beside the file, under a name that
/// starts with a dot, with the new tags in it. All other tags, pictures included, and the audio stay as they
/// are; the version of ID3v2 stays too, unless it has no place for a field (2.3 and MOOD).
///
/// commit() puts the copy in the file's place by one rename; a kill at any moment leaves the old file or the
/// new one, at worst with the copy beside it, which remove_leftover_copies() removes. Symbolic links are
/// followed: the file that they lead to is replaced and the link stays. Of hard links only this name gets the
/// new tags. Owner, group, mode, extended attributes (access control lists with them) and the time of last
/// access are kept; the time of modification is new, which is how other programs notice. Memory does not grow
/// with the file. Neither copyable nor movable; not thread-safe.
class TagEdit {
 public:
  /// @param changes  the new values of some fields; none: the field is removed
  /// @throws Error(not_found, unreadable for a write-protected file or folder or an owner that cannot be
  /// kept,
  ///         unsupported_format for a file or a field whose format has no place for it, corrupt_data,
  ///         no_space) naming the file; nothing is left behind
  TagEdit(const std::filesystem::path& path, const TagFields& changes);
  ~TagEdit();
  TagEdit(const TagEdit&) = delete;
  TagEdit& operator=(const TagEdit&) = delete;

  /// Where the copy lies: to be examined before commit().
  [[nodiscard]] const std::filesystem::path& copy() const noexcept { return copy_; }
  /// Makes the new tags visible, safe from a power cut. Call once, last.
  /// @throws Error(unreadable, no_space; busy if the file was changed since the copy was made)
  void commit();

 private:
  std::filesystem::path name_;    ///< as given, for messages
  std::filesystem::path target_;  ///< without symbolic links
  std::filesystem::path copy_;
  std::int64_t size_ = 0;        ///< of the file when it was copied
  std::int64_t changed_ns_ = 0;  ///< likewise
  bool committed_ = false;
};

/// Removes copies that processes which no longer run have left in a folder. What cannot be removed stays.
void remove_leftover_copies(const std::filesystem::path& folder);

}  // namespace resonance::tagging
