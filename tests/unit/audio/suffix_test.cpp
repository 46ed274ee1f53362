#include "resonance/audio/audio_file.h"

#include <gtest/gtest.h>

namespace resonance::audio {
namespace {

TEST(AudioSuffix, music_files_are_recognised_by_suffix_in_any_case) {
  for (const char* name :
       {"a.mp3", "a.MP3",  "a.Flac", "a.ogg",  "a.oga", "a.opus", "a.m4a", "a.m4b", "a.aac",
        "a.wav", "a.aif",  "a.aiff", "a.aifc", "a.wma", "a.asf",  "a.wv",  "a.ape", "a.mpc",
        "a.mka", "a.webm", "a.tta",  "a.ac3",  "a.dts", "a.caf",  "a.au",  "a.amr", "dir.d/b.c.mp3"}) {
    EXPECT_TRUE(has_audio_suffix(name)) << name;
  }
}

TEST(AudioSuffix, other_files_and_playlists_are_not) {
  for (const char* name : {"a.txt", "a.jpg", "a.m3u", "a.m3u8", "a.pls", "a.cue", "mp3", ".mp3", "a.", "",
                           "a.mp3.part", "a.mp3/", "a.mkv"}) {
    EXPECT_FALSE(has_audio_suffix(name)) << name;
  }
}

TEST(AudioSuffix, tracker_modules_are_where_the_library_plays_them) {
  for (const char* name : {"a.mod", "a.xm", "a.IT", "a.s3m", "a.mtm", "a.669"}) {
    EXPECT_EQ(has_audio_suffix(name), audio_support().module_music) << name;
  }
}

TEST(AudioSupport, the_decoding_libraries_are_named_with_their_versions) {
  EXPECT_NE(audio_support().libraries.find("libavcodec "), std::string::npos);
}

}  // namespace
}  // namespace resonance::audio
