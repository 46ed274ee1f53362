#include "resonance/tagging/tag_edit.h"

#include "resonance/audio/audio_file.h"
#include "resonance/core/atomic_file.h"
#include "resonance/core/error.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "support/child_process.h"
#include "support/private_mount.h"
#include "support/signals.h"
#include "support/temporary_directory.h"
#include "unit/audio/ffmpeg_program.h"

namespace resonance::tagging {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr std::array<std::string_view, 6> kNames{"GENRE", "MOOD", "STYLE", "BPM", "INITIALKEY", "TITLE"};

TagFields fields_of(const fs::path& path) { return read_tag_fields(path, kNames); }

std::string bytes_of(const fs::path& path) { return read_file(path, std::size_t{1} << 26); }

/// Files of a folder, hidden ones too.
std::vector<std::string> names_in(const fs::path& folder) {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(folder)) names.push_back(entry.path().filename().string());
  std::sort(names.begin(), names.end());
  return names;
}

void write_fields(const fs::path& path, const TagFields& changes) {
  TagEdit edit(path, changes);
  edit.commit();
}

ErrorCode refusal_of(const fs::path& path, const TagFields& changes = {{"BPM", {"120"}}}) {
  try {
    write_fields(path, changes);
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), HasSubstr(path.filename().string()));
    return error.code();
  }
  return ErrorCode::internal;
}

class TagEditTest : public ::testing::Test {
 protected:
  /// Half a second of noise with a title, in the format that the suffix says.
  fs::path song(const std::string& name, const testing::Arguments& options = {}) {
    const fs::path source = folder_ / "source.tmp.wav";
    testing::write_wav16(source, testing::white_noise(0.5, 0.5F));
    fs::create_directories(music());
    testing::Arguments arguments{"-i",          source.string(), "-metadata",
                                 "title=Title", "-metadata",     "artist=Artist"};
    arguments.insert(arguments.end(), options.begin(), options.end());
    arguments.push_back((music() / name).string());
    testing::run_ffmpeg(arguments);
    return music() / name;
  }
  [[nodiscard]] fs::path music() const { return folder_ / "music"; }

  testing::TemporaryDirectory folder_;
};

class TagFormats : public TagEditTest, public ::testing::WithParamInterface<const char*> {};

TEST_P(TagFormats, every_field_is_written_and_the_audio_and_the_other_tags_stay) {
  const fs::path path = song(GetParam());
  const ContentHash hash = audio::probe(path).hash;
  const TagFields none = fields_of(path);
  EXPECT_THAT(none.at("GENRE"), ElementsAre());
  write_fields(path, {{"GENRE", {"J\xc3\xa4zz"}},
                      {"MOOD", {"calm"}},
                      {"STYLE", {"Bop"}},
                      {"BPM", {"128"}},
                      {"INITIALKEY", {"F#m"}}});
  const TagFields written = fields_of(path);
  EXPECT_THAT(written.at("GENRE"), ElementsAre("J\xc3\xa4zz"));
  EXPECT_THAT(written.at("MOOD"), ElementsAre("calm"));
  EXPECT_THAT(written.at("STYLE"), ElementsAre("Bop"));
  EXPECT_THAT(written.at("BPM"), ElementsAre("128"));
  EXPECT_THAT(written.at("INITIALKEY"), ElementsAre("F#m"));
  EXPECT_EQ(written.at("TITLE"), none.at("TITLE"));
  const audio::AudioProbe probed = audio::probe(path);
  EXPECT_EQ(probed.hash, hash);
  EXPECT_EQ(probed.tags.title, "Title");
  EXPECT_EQ(probed.tags.genre, "J\xc3\xa4zz") << "as the catalog will see it";
  write_fields(path, {{"GENRE", {}}, {"MOOD", {}}, {"STYLE", {}}, {"BPM", {}}, {"INITIALKEY", {}}});
  EXPECT_EQ(fields_of(path), none);
  EXPECT_EQ(audio::probe(path).hash, hash);
  EXPECT_EQ(names_in(music()).size(), 1U) << "nothing is left beside it";
}

INSTANTIATE_TEST_SUITE_P(Each, TagFormats,
                         ::testing::Values("a.mp3", "a.flac", "a.ogg", "a.opus", "a.m4a", "a.wav", "a.aiff"),
                         [](const auto& format) { return std::string(format.param).substr(2); });

TEST_F(TagEditTest, a_picture_and_the_version_of_id3_stay) {
  std::ofstream(folder_ / "cover.ppm", std::ios::binary) << "P6 2 2 255\n"
                                                         << "123456789012";
  testing::run_ffmpeg({"-i", (folder_ / "cover.ppm").string(), (folder_ / "cover.png").string()});
  const std::string png = bytes_of(folder_ / "cover.png").substr(8, 40);
  testing::write_wav16(folder_ / "source.wav", testing::white_noise(0.5, 0.5F));
  fs::create_directories(music());
  const fs::path path = music() / "cover.mp3";
  testing::run_ffmpeg({"-i", (folder_ / "source.wav").string(), "-i", (folder_ / "cover.png").string(),
                       "-map", "0", "-map", "1", "-c:v", "copy", "-id3v2_version", "3", path.string()});
  ASSERT_THAT(bytes_of(path), HasSubstr(png));
  write_fields(path, {{"BPM", {"99"}}});
  EXPECT_THAT(bytes_of(path), HasSubstr(png));
  EXPECT_EQ(bytes_of(path)[3], 3);
  EXPECT_EQ(bytes_of(path).find("TAG", bytes_of(path).size() - 128), std::string::npos)
      << "no ID3v1 is added";
  write_fields(path, {{"MOOD", {"calm"}}});
  EXPECT_EQ(bytes_of(path)[3], 4) << "2.3 has no place for a mood";
  EXPECT_THAT(bytes_of(path), HasSubstr(png));
}

TEST_F(TagEditTest, owner_mode_and_attributes_stay_and_the_time_is_new) {
  const fs::path path = song("a.flac");
  ASSERT_EQ(::chmod(path.c_str(), 0640), 0);
  const bool attributes = ::setxattr(path.c_str(), "user.note", "mine", 4, 0) == 0;
  if (::geteuid() == 0) {
    ASSERT_EQ(::chown(path.c_str(), 1234, 2345), 0);
  }
  const std::array<struct timespec, 2> old{{{1000, 0}, {2000, 0}}};
  ASSERT_EQ(::utimensat(AT_FDCWD, path.c_str(), old.data(), 0), 0);
  write_fields(path, {{"BPM", {"99"}}});
  struct stat status {};
  ASSERT_EQ(::stat(path.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777U, 0640U);
  if (::geteuid() == 0) {
    EXPECT_EQ(status.st_uid, 1234U);
    EXPECT_EQ(status.st_gid, 2345U);
  }
  EXPECT_GT(status.st_mtim.tv_sec, 2000);
  std::array<char, 8> value{};
  if (attributes) {
    EXPECT_EQ(::getxattr(path.c_str(), "user.note", value.data(), value.size()), 4);
  }
}

TEST_F(TagEditTest, a_symbolic_link_stays_and_its_file_is_written) {
  const fs::path path = song("a.ogg");
  fs::create_directories(folder_ / "links");
  fs::create_symlink("../music/a.ogg", folder_ / "links/b.ogg");
  write_fields(folder_ / "links/b.ogg", {{"BPM", {"99"}}});
  EXPECT_TRUE(fs::is_symlink(folder_ / "links/b.ogg"));
  EXPECT_THAT(fields_of(path).at("BPM"), ElementsAre("99"));
}

TEST_F(TagEditTest, without_commit_nothing_has_happened) {
  const fs::path path = song("a.mp3");
  const std::string before = bytes_of(path);
  {
    const TagEdit edit(path, {{"BPM", {"99"}}});
    EXPECT_THAT(fields_of(edit.copy()).at("BPM"), ElementsAre("99"));
    EXPECT_EQ(names_in(music()).size(), 2U);
  }
  EXPECT_EQ(bytes_of(path), before);
  EXPECT_EQ(names_in(music()).size(), 1U);
}

TEST_F(TagEditTest, a_file_that_another_program_changes_meanwhile_is_left_to_it) {
  const fs::path path = song("a.mp3");
  TagEdit edit(path, {{"BPM", {"99"}}});
  std::ofstream(path, std::ios::app) << "more";
  const std::string theirs = bytes_of(path);
  try {
    edit.commit();
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::busy);
  }
  EXPECT_EQ(bytes_of(path), theirs);
}

TEST_F(TagEditTest, a_write_protected_file_stays_as_it_is_even_for_root) {
  const fs::path path = song("a.mp3");
  fs::permissions(path, fs::perms::owner_read);
  const std::string before = bytes_of(path);
  EXPECT_EQ(refusal_of(path), ErrorCode::unreadable);
  EXPECT_EQ(bytes_of(path), before);
}

TEST_F(TagEditTest, what_is_no_music_is_refused) {
  fs::create_directories(music());
  std::ofstream(music() / "notes.txt") << "no music";
  EXPECT_EQ(refusal_of(music() / "notes.txt"), ErrorCode::unsupported_format);
  EXPECT_EQ(refusal_of(music() / "nowhere.mp3"), ErrorCode::not_found);
  EXPECT_EQ(refusal_of(music()), ErrorCode::unsupported_format);
  EXPECT_EQ(names_in(music()).size(), 1U);
}

TEST_F(TagEditTest, damaged_files_never_crash_and_are_never_half_written) {
  for (const char* name : {"a.mp3", "a.flac", "a.ogg", "a.opus", "a.m4a", "a.wav"}) {
    const fs::path path = song(name);
    const std::string whole = bytes_of(path);
    for (std::size_t i = 0; i < 60; ++i) {
      std::string damaged = whole;
      damaged[(i * i * 7) % std::min<std::size_t>(damaged.size(), 4000)] ^= static_cast<char>(1U << (i % 8));
      if (i % 3 == 0) damaged.resize(damaged.size() * (i + 1) / 61);
      std::ofstream(path, std::ios::binary) << damaged;
      try {
        write_fields(path, {{"BPM", {"99"}}});
        EXPECT_THAT(fields_of(path).at("BPM"), ElementsAre("99"));
      } catch (const Error&) {
        EXPECT_EQ(bytes_of(path), damaged) << name << i;
      }
    }
  }
}

TEST_F(TagEditTest, a_full_disk_is_told_and_changes_nothing) {
  fs::create_directories(music());
  const testing::PrivateMount disk(music(), 256 << 10);
  if (!disk.mounted()) GTEST_SKIP() << "only root can mount a small disk";
  const fs::path path = song("a.wav");  // 44 kB
  const std::string before = bytes_of(path);
  for (const std::size_t left : {0UL, 8UL << 10, 36UL << 10, 44UL << 10, 48UL << 10}) {
    {
      std::ofstream filler(music() / "filler", std::ios::binary);
      filler << std::string((204UL << 10) - left, 'x');
    }
    try {
      write_fields(path, {{"STYLE", {std::string(30'000, 's')}}});
      FAIL() << left;
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::no_space) << error.what();
    }
    EXPECT_EQ(bytes_of(path), before);
    EXPECT_EQ(names_in(music()).size(), 2U);
    fs::remove(music() / "filler");
  }
}

TEST_F(TagEditTest, a_kill_leaves_the_old_file_or_the_new_one_and_the_copy_is_cleared_away) {
  const fs::path path = song("a.flac");
  const ContentHash hash = audio::probe(path).hash;
  for (int i = 0; i < 25; ++i) {
    testing::ChildProcess child([&](const auto& report) {
      for (int round = 0;; ++round) {
        report(round);
        write_fields(path,
                     {{"STYLE", {std::string(static_cast<std::size_t>(1 + (round * 977) % 20'000), 's')}}});
      }
    });
    (void)child.next_report();
    ::usleep(static_cast<useconds_t>(i * 400));
    child.kill();
    EXPECT_EQ(audio::probe(path).hash, hash);
    EXPECT_THAT(fields_of(path).at("TITLE"), ElementsAre("Title"));
    remove_leftover_copies(music());
    EXPECT_EQ(names_in(music()).size(), 1U);
  }
}

}  // namespace
}  // namespace resonance::tagging
