#pragma once

#include <filesystem>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

/// Tags of audio files, read by name and changed in place: the only layer that writes into the music.
namespace resonance::tagging {

/// Values by field. Names are the ones that every format has a place for (TagLib's property names), in
/// capitals: GENRE, MOOD, STYLE, BPM, INITIALKEY. Values are UTF-8, in the order of the file. A field that a
/// file does not have has no values.
using TagFields = std::map<std::string, std::vector<std::string>>;

/// @param names  the fields that are wanted
/// @return one entry for each name
/// @throws Error(not_found, unreadable; unsupported_format if no tags of such a file are known; corrupt_data;
///         limit_exceeded) naming the file
TagFields read_tag_fields(const std::filesystem::path& path, std::span<const std::string_view> names);

}  // namespace resonance::tagging
