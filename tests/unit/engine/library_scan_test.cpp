#include "resonance/engine/library_scan.h"

#include "resonance/core/error.h"

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "support/temporary_directory.h"

namespace resonance::engine {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;

class LibraryScanTest : public ::testing::Test {
 protected:
  void touch(const fs::path& name) {
    fs::create_directories((folder_ / name).parent_path());
    std::ofstream(folder_ / name) << "x";
  }
  std::vector<std::string> found() {
    std::vector<std::string> names;
    for (const ScannedFile& file : scan_library({folder_.path()}, {}).files) {
      names.push_back(file.path.substr(fs::canonical(folder_.path()).string().size() + 1));
    }
    return names;
  }
  testing::TemporaryDirectory folder_;
};

TEST_F(LibraryScanTest, finds_audio_by_suffix_in_order_of_path) {
  touch("b/two.FLAC");
  touch("a/one.mp3");
  touch("a/cover.jpg");
  touch("a/notes.txt");
  EXPECT_THAT(found(), ElementsAre("a/one.mp3", "b/two.FLAC"));
}

TEST_F(LibraryScanTest, names_that_start_with_a_dot_are_passed_over) {
  touch(".hidden/a.mp3");
  touch("._a.mp3");
  touch("a.mp3");
  EXPECT_THAT(found(), ElementsAre("a.mp3"));
}

TEST_F(LibraryScanTest, symbolic_links_are_followed_and_their_loops_end) {
  touch("music/a.mp3");
  fs::create_directory_symlink(folder_.path(), folder_ / "music/loop");
  fs::create_directory_symlink("nowhere", folder_ / "music/dangling");
  fs::create_symlink("gone.mp3", folder_ / "music/gone.mp3");
  fs::create_symlink(folder_ / "music/a.mp3", folder_ / "link.mp3");
  EXPECT_THAT(found(), ElementsAre("link.mp3", "music/a.mp3"));
}

TEST_F(LibraryScanTest, names_with_spaces_quotes_newlines_and_broken_utf8_come_back_as_they_are) {
  const std::vector<std::string> names{"a b.mp3", "new\nline.mp3", "quo\"te'.mp3", "\xff\xfe.mp3"};
  for (const std::string& name : names) touch(name);
  EXPECT_EQ(found(), names);
}

TEST_F(LibraryScanTest, the_same_file_under_two_roots_is_listed_once) {
  touch("music/a.mp3");
  const auto scan = scan_library({folder_.path(), folder_ / "music", folder_ / "music/a.mp3"}, {});
  EXPECT_EQ(scan.files.size(), 1U);
}

TEST_F(LibraryScanTest, a_root_that_does_not_exist_is_an_error_that_names_it) {
  try {
    (void)scan_library({folder_ / "missing"}, {});
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::not_found);
    EXPECT_NE(std::string(error.what()).find("missing"), std::string::npos);
  }
}

TEST_F(LibraryScanTest, an_unreadable_folder_is_listed_and_the_rest_goes_on) {
  touch("open/a.mp3");
  touch("closed/b.mp3");
  fs::permissions(folder_ / "closed", fs::perms::none);
  if (::access((folder_ / "closed").c_str(), R_OK) == 0) {
    fs::permissions(folder_ / "closed", fs::perms::owner_all);
    GTEST_SKIP() << "permissions do not bind this user";
  }
  const auto scan = scan_library({folder_.path()}, {});
  EXPECT_EQ(scan.files.size(), 1U);
  ASSERT_EQ(scan.unreadable.size(), 1U);
  EXPECT_EQ(scan.unreadable[0].error_code, "unreadable");
  fs::permissions(folder_ / "closed", fs::perms::owner_all);
}

TEST_F(LibraryScanTest, named_pipes_and_folders_with_an_audio_suffix_are_no_files) {
  touch("album.mp3/a.mp3");
  ASSERT_EQ(::mkfifo((folder_ / "pipe.mp3").c_str(), 0600), 0);
  EXPECT_THAT(found(), ElementsAre("album.mp3/a.mp3"));
}

TEST(LiesUnder, compares_whole_names) {
  EXPECT_TRUE(lies_under("/music/a.mp3", "/music"));
  EXPECT_TRUE(lies_under("/music", "/music"));
  EXPECT_TRUE(lies_under("/music", "/"));
  EXPECT_FALSE(lies_under("/musical/a.mp3", "/music"));
}

}  // namespace
}  // namespace resonance::engine
