#pragma once

#include "resonance/tagging/file_stream.h"
#include "resonance/tagging/tag_fields.h"

#include <filesystem>

#include <taglib/fileref.h>
#include <taglib/tpropertymap.h>

namespace resonance::tagging {

/// A file as TagLib sees it. Messages name `name`, which may be another than the file that is opened.
/// Internal to this layer; neither copyable nor movable; not thread-safe.
class TagFile {
 public:
  /// @throws Error(not_found, unreadable, unsupported_format, corrupt_data, limit_exceeded)
  TagFile(const std::filesystem::path& path, FileStream::Mode mode, std::filesystem::path name);

  [[nodiscard]] TagLib::PropertyMap properties() const;
  /// Changes fields and writes the file; the disk may lag behind until sync().
  /// @throws Error(unsupported_format) for a field whose format has no place for it; Error(no_space,
  /// unreadable)
  void change(const TagFields& changes);
  /// @throws Error(no_space, unreadable)
  void sync();

 private:
  void require_no_refusal() const;
  [[nodiscard]] bool save();

  std::filesystem::path name_;
  FileStream stream_;
  TagLib::FileRef file_;
};

TagLib::String property_name(std::string_view field);
std::vector<std::string> texts_of(const TagLib::StringList& values);

}  // namespace resonance::tagging
