#include <gtest/gtest.h>

#include "decoded_audio.h"
#include "ffmpeg_program.h"
#include "support/signals.h"
#include "support/temporary_directory.h"
#include "wav_builder.h"

namespace resonance::audio {
namespace {

using testing::Arguments;

Tags tags_of(const std::filesystem::path& path) { return AudioFile(path).tags(); }

class TagsTest : public ::testing::Test {
 protected:
  void SetUp() override { testing::write_wav16(source(), testing::sine(440, 0.5)); }
  [[nodiscard]] std::filesystem::path source() const { return directory_ / "source.wav"; }

  Tags tags_after(const std::string& file, const Arguments& tags, const Arguments& options = {}) {
    return tags_of(
        testing::encode({.file = file, .options = options, .codec = ""}, source(), directory_.path(), tags));
  }

  testing::TemporaryDirectory directory_;
};

// CRC-16/ARC: what LAME signs its header with.
unsigned crc16(const std::string& bytes) {
  unsigned crc = 0;
  for (const char byte : bytes) {
    crc ^= static_cast<unsigned char>(byte);
    for (int bit = 0; bit < 8; ++bit) crc = (crc & 1U) != 0 ? crc >> 1 ^ 0xA001U : crc >> 1;
  }
  return crc;
}

struct TagCase {
  std::string file;
  Arguments options;
  bool album_artist = true;
  bool replay_gain = true;

  // NOLINTNEXTLINE(readability-identifier-naming): the name GoogleTest looks for
  friend void PrintTo(const TagCase& tag_case, std::ostream* stream) { *stream << tag_case.file; }
};

class TagsOf : public TagsTest, public ::testing::WithParamInterface<TagCase> {};

TEST_P(TagsOf, every_field_a_format_can_hold_is_read) {
  const Tags tags = tags_after(
      GetParam().file,
      {"title=Größe “X” 音楽", "artist=An Artist", "album=An Album", "album_artist=Various", "genre=Jazz",
       "date=2004-05-01", "track=3/12", "REPLAYGAIN_TRACK_GAIN=-6.50 dB", "REPLAYGAIN_ALBUM_GAIN=+1.25 dB"},
      GetParam().options);
  EXPECT_EQ(tags.title, "Größe “X” 音楽");
  EXPECT_EQ(tags.artist, "An Artist");
  EXPECT_EQ(tags.album, "An Album");
  EXPECT_EQ(tags.genre, "Jazz");
  EXPECT_EQ(tags.year, 2004);
  EXPECT_EQ(tags.track_number, 3);
  if (GetParam().album_artist) {
    EXPECT_EQ(tags.album_artist, "Various");
  }
  if (GetParam().replay_gain) {
    EXPECT_EQ(tags.replay_gain_track_db, -6.5F);
    EXPECT_EQ(tags.replay_gain_album_db, 1.25F);
  }
}

INSTANTIATE_TEST_SUITE_P(Each, TagsOf,
                         ::testing::Values(TagCase{"a.mp3", {"-id3v2_version", "3"}},
                                           TagCase{"b.mp3", {"-id3v2_version", "4"}}, TagCase{"a.flac", {}},
                                           TagCase{"a.ogg", {"-c:a", "libvorbis"}}, TagCase{"a.opus", {}},
                                           TagCase{"a.m4a", {"-c:a", "aac"}, true, false},
                                           TagCase{"a.wma", {}}, TagCase{"a.wv", {}},
                                           TagCase{"a.mka", {"-c:a", "libvorbis"}},
                                           TagCase{"a.aiff", {"-write_id3v2", "1"}}, TagCase{"a.tta", {}},
                                           TagCase{"a.wav", {}, false, false}),
                         testing::NamedByFile());

TEST_F(TagsTest, a_file_without_tags_has_none) { EXPECT_EQ(tags_of(source()), Tags{}); }

TEST_F(TagsTest, replay_gain_in_an_m4a_is_read_from_its_metadata_keys) {
  const Tags tags =
      tags_after("a.m4a", {"REPLAYGAIN_TRACK_GAIN=-3.25 dB"}, {"-movflags", "use_metadata_tags"});
  EXPECT_EQ(tags.replay_gain_track_db, -3.25F);
}

TEST_F(TagsTest, r128_gain_of_opus_is_q7_8_and_five_decibels_below_replay_gain) {
  const Tags tags = tags_after("a.opus", {"R128_TRACK_GAIN=-512", "R128_ALBUM_GAIN=128"});
  EXPECT_EQ(tags.replay_gain_track_db, 3.0F);
  EXPECT_EQ(tags.replay_gain_album_db, 5.5F);
}

TEST_F(TagsTest, replay_gain_of_the_lame_header_is_the_last_resort) {
  const auto path = directory_ / "a.mp3";
  testing::run_ffmpeg({"-i", source().string(), "-b:a", "128k", path.string()});
  std::string bytes = testing::read_whole(path);
  const std::size_t xing = std::min(bytes.find("Info"), bytes.find("Xing"));
  ASSERT_NE(xing, std::string::npos);
  const std::size_t frame = bytes.rfind('\xFF', xing);
  // LAME's info tag: 120 bytes of Xing header, then 9 of encoder, 1 revision, 1 lowpass, 4 peak, 2 track
  // gain: name 1 (track) in 3 bits, originator 3 in 3 bits, sign, 9 bits of gain in 0.1 dB; at 154 a CRC of
  // all before it.
  const auto put = [&](std::size_t offset, unsigned value) {
    bytes[xing + offset] = static_cast<char>(value >> 8);
    bytes[xing + offset + 1] = static_cast<char>(value & 0xff);
  };
  put(135, 1U << 13 | 3U << 10 | 1U << 9 | 42U);  // -4.2 dB
  put(154, crc16(bytes.substr(frame, xing + 154 - frame)));
  testing::write_file(path, bytes);
  ASSERT_TRUE(tags_of(path).replay_gain_track_db);
  EXPECT_NEAR(*tags_of(path).replay_gain_track_db, -4.2F, 1e-4F);
}

TEST_F(TagsTest, senseless_numbers_are_left_out) {
  const Tags tags = tags_after(
      "a.flac", {"date=soon", "track=one", "REPLAYGAIN_TRACK_GAIN=loud", "REPLAYGAIN_ALBUM_GAIN=1e30 dB"});
  EXPECT_FALSE(tags.year);
  EXPECT_FALSE(tags.track_number);
  EXPECT_FALSE(tags.replay_gain_track_db);
  EXPECT_FALSE(tags.replay_gain_album_db);
}

TEST_F(TagsTest, a_year_is_found_in_other_ways_to_write_a_date) {
  EXPECT_EQ(tags_after("a.flac", {"date=1999"}).year, 1999);
  EXPECT_EQ(tags_after("a.flac", {"date=19990131"}).year, 1999);
  EXPECT_EQ(tags_after("a.flac", {"date=31/01/1999"}).year, 1999);
  EXPECT_EQ(tags_after("a.flac", {"year=1987"}).year, 1987);
}

TEST_F(TagsTest, long_tags_are_cut) {
  EXPECT_EQ(tags_after("a.flac", {"title=" + std::string(100'000, 'x')}).title.size(), 4096U);
}

TEST_F(TagsTest, broken_utf8_is_replaced) {
  EXPECT_EQ(tags_after("a.flac", {"title=caf\xE9 x"}).title, "caf\xEF\xBF\xBD x");
}

TEST_F(TagsTest, an_id3v1_tag_at_the_end_is_read_if_there_is_no_other) {
  const auto path = testing::encode({.file = "a.mp3", .options = {"-id3v2_version", "0"}, .codec = ""},
                                    source(), directory_.path());
  std::string tag = "TAGOld style";
  tag.resize(33);
  tag += "Somebody";
  tag.resize(128);
  testing::write_file(path, testing::read_whole(path) + tag);
  EXPECT_EQ(tags_of(path).title, "Old style");
  EXPECT_EQ(tags_of(path).artist, "Somebody");
}

}  // namespace
}  // namespace resonance::audio
