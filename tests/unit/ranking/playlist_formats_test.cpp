#include "resonance/ranking/playlist_formats.h"

#include "resonance/core/error.h"
#include "resonance/ranking/text_escapes.h"

#include <cstdlib>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace resonance::ranking {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

const std::vector<PlaylistEntry> kTwo{{"/music/A/one.mp3", "One", "A & B", "First <LP>", 61.4},
                                      {"/music/ü/two & 2.flac", "", "", "", 0}};

TEST(M3u8, has_a_line_of_facts_and_one_of_the_path_for_each_track) {
  EXPECT_EQ(m3u8(kTwo, {.title = "My list"}),
            "#EXTM3U\n#PLAYLIST:My list\n#EXTINF:61,A & B - One\n/music/A/one.mp3\n"
            "#EXTINF:-1,two & 2\n/music/ü/two & 2.flac\n");
  EXPECT_EQ(m3u8({}, {}), "#EXTM3U\n");
}

TEST(M3u8, names_paths_from_the_folder_of_the_list) {
  EXPECT_THAT(m3u8(kTwo, {.title = "", .folder = "/music/lists"}), HasSubstr("\n../A/one.mp3\n"));
  EXPECT_THAT(m3u8(kTwo, {.title = "", .folder = "/music/A/"}), HasSubstr("\none.mp3\n"));
  EXPECT_THAT(m3u8(kTwo, {.title = "", .folder = "/"}), HasSubstr("\nmusic/A/one.mp3\n"));
}

std::string path_line(const std::string& path, const std::string& folder = "") {
  const std::string text =
      m3u8(std::vector<PlaylistEntry>{{path, "t", "", "", 1}}, {.title = "", .folder = folder});
  const std::string before = "#EXTM3U\n#EXTINF:1,t\n";
  EXPECT_EQ(text.substr(0, before.size()), before);
  return text.substr(before.size());
}

TEST(M3u8, a_name_that_would_be_read_as_something_else_is_written_in_another_way) {
  EXPECT_EQ(path_line("/m/#1.mp3", "/m"), "./#1.mp3\n");
  EXPECT_EQ(path_line("/m/ a.mp3", "/m"), "./ a.mp3\n");
  EXPECT_EQ(path_line("/m/http:x.mp3", "/m"), "./http:x.mp3\n");
  EXPECT_EQ(path_line("/m/a\nb.mp3", "/m"), "file:///m/a%0Ab.mp3\n");
  EXPECT_EQ(path_line("/m/a\xff.mp3"), "file:///m/a%FF.mp3\n");
  EXPECT_EQ(path_line("/m/a "), "file:///m/a%20\n");
  EXPECT_EQ(path_line("/m/100%.mp3"), "/m/100%.mp3\n");
}

TEST(M3u8, a_title_never_makes_a_line_of_its_own) {
  const std::string text =
      m3u8(std::vector<PlaylistEntry>{{"/a", "x\n/etc/passwd", "y\r\nz", "", 1}}, {.title = "list\n#"});
  EXPECT_EQ(text, "#EXTM3U\n#PLAYLIST:list #\n#EXTINF:1,y  z - x /etc/passwd\n/a\n");
}

TEST(Playlists, refuse_paths_that_are_not_absolute) {
  for (const auto& write : {m3u8, xspf, jspf}) {
    EXPECT_THROW(write(std::vector<PlaylistEntry>{{"a.mp3", "", "", "", 0}}, {}), Error);
    EXPECT_THROW(write(std::vector<PlaylistEntry>{{"", "", "", "", 0}}, {}), Error);
    EXPECT_THROW(write(kTwo, {.title = "", .folder = "lists"}), Error);
  }
}

TEST(Xspf, is_what_the_specification_shows) {
  EXPECT_EQ(xspf(kTwo, {.title = "L"}), R"(<?xml version="1.0" encoding="UTF-8"?>
<playlist version="1" xmlns="http://xspf.org/ns/0/">
  <title>L</title>
  <trackList>
    <track>
      <location>file:///music/A/one.mp3</location>
      <title>One</title>
      <creator>A &amp; B</creator>
      <album>First &lt;LP&gt;</album>
      <duration>61400</duration>
    </track>
    <track>
      <location>file:///music/%C3%BC/two%20%26%202.flac</location>
      <title>two &amp; 2</title>
    </track>
  </trackList>
</playlist>
)");
  EXPECT_THAT(xspf(kTwo, {.title = "", .folder = "/music/A"}), HasSubstr("<location>one.mp3</location>"));
}

// A reader of what a writer may have written: texts of all elements `name`; fails on what is not well-formed.
std::vector<std::string> texts_of(std::string_view xml, const std::string& name) {
  std::vector<std::string> open;
  std::vector<std::string> texts;
  std::string text;
  xml.remove_prefix(xml.find("?>") + 2);
  while (!xml.empty()) {
    if (xml.front() == '<') {
      const std::size_t end = xml.find('>');
      std::string tag(xml.substr(1, end - 1));
      xml.remove_prefix(end + 1);
      if (tag.front() != '/') {
        open.push_back(tag.substr(0, tag.find(' ')));
        text.clear();
        continue;
      }
      EXPECT_EQ(tag.substr(1), open.back());
      if (open.back() == name) texts.push_back(text);
      open.pop_back();
    } else if (xml.front() == '&') {
      bool known = false;
      for (const auto& [entity, character] :
           {std::pair("&amp;", '&'), std::pair("&lt;", '<'), std::pair("&gt;", '>'), std::pair("&quot;", '"'),
            std::pair("&apos;", '\'')}) {
        if (!xml.starts_with(entity)) continue;
        text.push_back(character);
        xml.remove_prefix(std::string_view(entity).size());
        known = true;
        break;
      }
      EXPECT_TRUE(known) << xml.substr(0, 10);
      if (!known) return texts;
    } else {
      text.push_back(xml.front());
      xml.remove_prefix(1);
    }
  }
  EXPECT_TRUE(open.empty());
  return texts;
}

std::string decoded(const std::string& uri) {
  EXPECT_TRUE(uri.starts_with("file://"));
  std::string path;
  for (std::size_t i = 7; i < uri.size(); ++i) {
    if (uri[i] == '%') {
      path.push_back(static_cast<char>(std::strtol(uri.substr(i + 1, 2).c_str(), nullptr, 16)));
      i += 2;
    } else {
      path.push_back(uri[i]);
    }
  }
  return path;
}

std::string any_bytes(std::mt19937& random) {
  static constexpr std::string_view kLikely =
      "<>&\"'\\/\n\r\t %#]\xc3\xa9\xe2\x82\xac\xef\xbf\xbe\xf0\x9f\xed";
  std::string text;
  for (unsigned length = random() % 30; length > 0; --length) {
    text.push_back(random() % 3 != 0 ? kLikely[random() % kLikely.size()] : static_cast<char>(random()));
  }
  return text;
}

TEST(Playlists, whatever_the_bytes_are_read_back_as_the_same_path_and_a_clean_title) {
  std::mt19937 random(61);
  for (int round = 0; round < 3000; ++round) {
    std::vector<PlaylistEntry> entries;
    for (int i = 0; i < 3; ++i) {
      std::string path = "/" + any_bytes(random);
      std::erase(path, '\0');
      entries.push_back({path, "t" + any_bytes(random), "a" + any_bytes(random), any_bytes(random), 2.5});
    }
    const std::vector<std::string> locations = texts_of(xspf(entries, {}), "location");
    const std::vector<std::string> titles = texts_of(xspf(entries, {}), "title");
    const nlohmann::json json = nlohmann::json::parse(jspf(entries, {.title = "x"}));
    const nlohmann::json& tracks = json["playlist"]["track"];
    ASSERT_EQ(locations.size(), 3U);
    ASSERT_EQ(tracks.size(), 3U);
    for (std::size_t i = 0; i < 3; ++i) {
      EXPECT_EQ(decoded(locations[i]), entries[i].path);
      EXPECT_EQ(decoded(tracks[i]["location"][0]), entries[i].path);
      EXPECT_EQ(titles[i], clean_line(entries[i].title));
      EXPECT_EQ(tracks[i]["title"], clean_line(entries[i].title));
      EXPECT_EQ(tracks[i]["duration"], 2500);
      EXPECT_TRUE(is_utf8(titles[i]));
    }
    const std::string lines = m3u8(entries, {});
    EXPECT_EQ(std::count(lines.begin(), lines.end(), '\n'), 7);
    EXPECT_TRUE(is_utf8(lines));
  }
}

TEST(CleanLine, replaces_what_cannot_be_written) {
  EXPECT_EQ(clean_line("a\xff\xc3(é€🎵"), "a\uFFFD\uFFFD(é€🎵");
  EXPECT_EQ(clean_line("\xed\xa0\x80"), "\uFFFD\uFFFD\uFFFD");  // a surrogate
  EXPECT_EQ(clean_line("\xef\xbf\xbf"), "\uFFFD");
  EXPECT_EQ(clean_line("\xc0\xaf"), "\uFFFD\uFFFD");  // an overlong slash
  EXPECT_EQ(clean_line(std::string("a\0b\x7f\xc2\x85", 6)), "a b  ");
  EXPECT_TRUE(is_utf8("\xf4\x8f\xbf\xbf"));
  EXPECT_FALSE(is_utf8("\xf4\x90\x80\x80"));
  EXPECT_FALSE(is_utf8("\xe2\x82"));
}

}  // namespace
}  // namespace resonance::ranking
