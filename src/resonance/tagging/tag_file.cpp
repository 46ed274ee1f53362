#include "resonance/tagging/tag_file.h"

#include "resonance/core/error.h"

#include <algorithm>
#include <array>
#include <functional>
#include <new>
#include <utility>

#include <taglib/aifffile.h>
#include <taglib/id3v2header.h>
#include <taglib/id3v2tag.h>
#include <taglib/mp4file.h>
#include <taglib/mpegfile.h>
#include <taglib/wavfile.h>

namespace resonance::tagging {
namespace {

/// TagLib's trouble with a file, in our words.
template <typename Action>
auto guarded(const std::filesystem::path& name, const Action& action) {
  try {
    return action();
  } catch (const Error&) {
    throw;
  } catch (const std::bad_alloc&) {
    throw Error(ErrorCode::limit_exceeded,
                "the tags of " + name.string() + " need more memory than there is");
  } catch (const std::exception& error) {
    throw Error(ErrorCode::corrupt_data, "the tags of " + name.string() + " are damaged: " + error.what());
  }
}

/// 2.3 where the file has it and nothing would be lost by that: players know it best. TagLib drops these
/// frames from a tag of version 2.3, where iTunes and others write some of them all the same.
TagLib::ID3v2::Version version_of(const TagLib::ID3v2::Tag* tag) {
  static constexpr std::array<const char*, 13> kOnlyIn24{
      "ASPI", "EQU2", "RVA2", "SEEK", "SIGN", "TDRL", "TDTG", "TMOO", "TPRO", "TSOA", "TSOT", "TSST", "TSOP"};
  if (tag == nullptr || tag->header()->majorVersion() != 3) return TagLib::ID3v2::v4;
  const bool fits = std::none_of(kOnlyIn24.begin(), kOnlyIn24.end(),
                                 [&](const char* frame) { return !tag->frameList(frame).isEmpty(); });
  return fits ? TagLib::ID3v2::v3 : TagLib::ID3v2::v4;
}

/// Where MP4 keeps a field that TagLib 1.13 has no place for; "" for the others. The names are Picard's.
std::string freeform_item(std::string_view field) {
  if (field == "INITIALKEY") return "----:com.apple.iTunes:initialkey";
  return field == "STYLE" ? "----:com.apple.iTunes:STYLE" : "";
}

}  // namespace

TagFile::TagFile(const std::filesystem::path& path, FileStream::Mode mode, std::filesystem::path name)
    : name_(std::move(name)),
      stream_(path, mode),
      file_(guarded(name_, [&] { return TagLib::FileRef(&stream_, false); })) {
  if (file_.isNull() || file_.file() == nullptr || !file_.file()->isValid()) {
    require_no_refusal();
    throw Error(ErrorCode::unsupported_format, "cannot tell what tags " + name_.string() + " has");
  }
}

TagLib::PropertyMap TagFile::properties() const {
  return guarded(name_, [&] {
    TagLib::PropertyMap properties = file_.file()->properties();
    if (const auto* mp4 = dynamic_cast<TagLib::MP4::File*>(file_.file())) {
      for (const char* field : {"INITIALKEY", "STYLE"}) {
        const TagLib::StringList values = mp4->tag()->item(freeform_item(field)).toStringList();
        if (values.isEmpty()) continue;
        properties.replace(field, values);
        TagLib::StringList& unsupported = properties.unsupportedData();
        if (const auto found = unsupported.find(freeform_item(field)); found != unsupported.end()) {
          unsupported.erase(found);
        }
      }
    }
    return properties;
  });
}

void TagFile::change(const TagFields& changes) {
  guarded(name_, [&] {
    TagLib::PropertyMap properties = file_.file()->properties();
    auto* mp4 = dynamic_cast<TagLib::MP4::File*>(file_.file());
    for (const auto& [field, values] : changes) {
      TagLib::StringList list;
      for (const std::string& value : values) list.append(TagLib::String(value, TagLib::String::UTF8));
      if (const std::string item = freeform_item(field); mp4 != nullptr && !item.empty()) {
        mp4->tag()->removeItem(item);
        if (!list.isEmpty()) mp4->tag()->setItem(item, list);
        continue;
      }
      properties.erase(property_name(field));
      if (!list.isEmpty()) properties.insert(property_name(field), list);
    }
    const TagLib::PropertyMap rejected = file_.file()->setProperties(properties);
    for (const auto& [field, values] : changes) {
      if (rejected.contains(property_name(field))) {
        throw Error(ErrorCode::unsupported_format,
                    "the format of " + name_.string() + " has no place for " + field);
      }
    }
    const bool saved = save();
    require_no_refusal();
    if (!saved) throw Error(ErrorCode::unsupported_format, "cannot write tags into " + name_.string());
  });
}

// Tags of other kinds that the file has are kept, and none is added: TagLib would give each MP3 an ID3v1 tag.
bool TagFile::save() {
  if (auto* mp3 = dynamic_cast<TagLib::MPEG::File*>(file_.file())) {
    return mp3->save(TagLib::MPEG::File::AllTags, TagLib::File::StripNone, version_of(mp3->ID3v2Tag()),
                     TagLib::File::DoNotDuplicate);
  }
  if (auto* wav = dynamic_cast<TagLib::RIFF::WAV::File*>(file_.file())) {
    return wav->save(TagLib::RIFF::WAV::File::AllTags, TagLib::File::StripNone, version_of(wav->ID3v2Tag()));
  }
  if (auto* aiff = dynamic_cast<TagLib::RIFF::AIFF::File*>(file_.file())) {
    return aiff->save(version_of(aiff->tag()));
  }
  return file_.file()->save();
}

void TagFile::sync() {
  stream_.sync();
  require_no_refusal();
}

void TagFile::require_no_refusal() const {
  if (stream_.error_number() == 0) return;
  throw system_error(stream_.error_number(),
                     (stream_.readOnly() ? "cannot read " : "cannot write ") + name_.string());
}

TagLib::String property_name(std::string_view field) { return {std::string(field), TagLib::String::UTF8}; }

std::vector<std::string> texts_of(const TagLib::StringList& values) {
  std::vector<std::string> texts;
  for (const TagLib::String& value : values) {
    if (!value.isEmpty()) texts.push_back(value.to8Bit(true));
  }
  return texts;
}

}  // namespace resonance::tagging
