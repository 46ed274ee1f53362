#include "resonance/core/atomic_file.h"

#include "resonance/core/error.h"

#include <filesystem>

#include <gtest/gtest.h>
#include <unistd.h>

#include "support/temporary_directory.h"

namespace resonance {
namespace {

namespace fs = std::filesystem;

TEST(AtomicFile, without_commit_the_old_content_stays_and_nothing_is_left_behind) {
  const testing::TemporaryDirectory folder;
  {
    AtomicFile file(folder / "a.txt");
    file.write("old");
    file.commit();
  }
  { AtomicFile(folder / "a.txt").write("half of the n"); }
  EXPECT_EQ(read_file(folder / "a.txt", 100), "old");
  EXPECT_EQ(std::distance(fs::directory_iterator(folder.path()), fs::directory_iterator()), 1);
}

TEST(AtomicFile, a_missing_folder_is_named) {
  try {
    AtomicFile file("/nonexistent-folder/a.txt");
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::not_found);
    EXPECT_NE(std::string(error.what()).find("/nonexistent-folder/a.txt"), std::string::npos);
  }
}

TEST(AtomicFile, a_full_device_is_reported_as_no_space) {
  if (!fs::exists("/dev/full")) GTEST_SKIP() << "no /dev/full on this system";
  // The temporary name stands beside the target, so the target's folder is what can be full: use the device
  // itself.
  const testing::TemporaryDirectory folder;
  fs::create_symlink("/dev/full", (folder / "a.txt").string() + ".tmp" + std::to_string(::getpid()));
  AtomicFile file(folder / "a.txt");
  try {
    file.write("x");
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::no_space);
  }
}

TEST(ReadFile, refuses_more_than_asked_for) {
  const testing::TemporaryDirectory folder;
  AtomicFile file(folder / "a.txt");
  file.write("12345");
  file.commit();
  EXPECT_EQ(read_file(folder / "a.txt", 5), "12345");
  EXPECT_THROW((void)read_file(folder / "a.txt", 4), Error);
}

}  // namespace
}  // namespace resonance
