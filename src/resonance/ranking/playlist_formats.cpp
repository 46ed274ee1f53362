#include "resonance/ranking/playlist_formats.h"

#include "resonance/core/error.h"
#include "resonance/ranking/text_escapes.h"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <string_view>

namespace resonance::ranking {
namespace {

namespace fs = std::filesystem;

// The path as the list names it: absolute, or from the list's folder.
std::string listed_path(const PlaylistEntry& entry, const PlaylistFile& file) {
  for (const std::string* path : {&entry.path, &file.folder}) {
    if (path->starts_with('/') || (path == &file.folder && path->empty())) continue;
    throw Error(ErrorCode::invalid_argument,
                "a playlist needs absolute paths, and '" + clean_line(*path) + "' is not one");
  }
  if (file.folder.empty()) return entry.path;
  return fs::path(entry.path)
      .lexically_normal()
      .lexically_relative(fs::path(file.folder + "/.").lexically_normal());
}

std::string file_uri(const PlaylistEntry& entry, const PlaylistFile& file) {
  const std::string path = listed_path(entry, file);
  return (path.starts_with('/') ? "file://" : "") + percent_encoded(path);
}

// As a line of an M3U8 file.
std::string m3u8_path(const PlaylistEntry& entry, const PlaylistFile& file) {
  std::string path = listed_path(entry, file);
  const bool holds = is_utf8(path) && clean_line(path) == path && !path.ends_with(' ');
  if (!holds) return "file://" + percent_encoded(entry.path);
  // Not a comment, not trimmed, and not the scheme of a URI.
  const std::string_view first = std::string_view(path).substr(0, path.find('/'));
  const bool misread =
      path.starts_with('#') || path.starts_with(' ') || first.find(':') != std::string_view::npos;
  return misread ? "./" + path : path;
}

std::string title_of(const PlaylistEntry& entry) {
  return entry.title.empty() ? fs::path(entry.path).stem().string() : entry.title;
}

long long rounded(double value) {
  return std::isfinite(value) ? static_cast<long long>(std::llround(std::clamp(value, 0.0, 1e12))) : 0;
}

}  // namespace

std::string m3u8(std::span<const PlaylistEntry> entries, const PlaylistFile& file) {
  std::string text = "#EXTM3U\n";
  if (!file.title.empty()) text += "#PLAYLIST:" + clean_line(file.title) + "\n";
  for (const PlaylistEntry& entry : entries) {
    const std::string seconds = entry.duration_s > 0 ? std::to_string(rounded(entry.duration_s)) : "-1";
    const std::string by = entry.artist.empty() ? "" : clean_line(entry.artist) + " - ";
    text.append("#EXTINF:").append(seconds).append(",").append(by).append(clean_line(title_of(entry)));
    text.append("\n").append(m3u8_path(entry, file)).append("\n");
  }
  return text;
}

std::string xspf(std::span<const PlaylistEntry> entries, const PlaylistFile& file) {
  const auto element = [](std::string_view indent, const std::string& name, const std::string& text) {
    if (text.empty()) return std::string();
    return std::string(indent) + "<" + name + ">" + xml_text(text) + "</" + name + ">\n";
  };
  std::string text =
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<playlist version=\"1\" "
      "xmlns=\"http://xspf.org/ns/0/\">\n";
  text += element("  ", "title", file.title) + "  <trackList>\n";
  for (const PlaylistEntry& entry : entries) {
    text += "    <track>\n" + element("      ", "location", file_uri(entry, file)) +
            element("      ", "title", title_of(entry)) + element("      ", "creator", entry.artist) +
            element("      ", "album", entry.album);
    if (entry.duration_s > 0)
      text += element("      ", "duration", std::to_string(rounded(entry.duration_s * 1000)));
    text += "    </track>\n";
  }
  return text + "  </trackList>\n</playlist>\n";
}

std::string jspf(std::span<const PlaylistEntry> entries, const PlaylistFile& file) {
  std::string text = "{\"playlist\": {\n";
  if (!file.title.empty()) text += "  \"title\": " + json_text(file.title) + ",\n";
  text += "  \"track\": [";
  std::string_view comma;
  for (const PlaylistEntry& entry : entries) {
    text.append(comma).append("\n    {\"location\": [").append(json_text(file_uri(entry, file))).append("]");
    text += ", \"title\": " + json_text(title_of(entry));
    if (!entry.artist.empty()) text += ", \"creator\": " + json_text(entry.artist);
    if (!entry.album.empty()) text += ", \"album\": " + json_text(entry.album);
    if (entry.duration_s > 0) text += ", \"duration\": " + std::to_string(rounded(entry.duration_s * 1000));
    text += "}";
    comma = ",";
  }
  return text + "\n  ]\n}}\n";
}

}  // namespace resonance::ranking
