#include "resonance/tagging/tag_fields.h"

#include "resonance/tagging/tag_file.h"

namespace resonance::tagging {

TagFields read_tag_fields(const std::filesystem::path& path, std::span<const std::string_view> names) {
  const TagFile file(path, FileStream::Mode::read, path);
  const TagLib::PropertyMap properties = file.properties();
  TagFields fields;
  for (const std::string_view name : names) {
    fields.emplace(name, texts_of(properties.value(property_name(name))));
  }
  return fields;
}

}  // namespace resonance::tagging
