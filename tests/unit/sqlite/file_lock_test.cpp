#include "resonance/sqlite/file_lock.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include "support/child_process.h"
#include "support/temporary_directory.h"

namespace resonance::sqlite {
namespace {

using resonance::testing::ChildProcess;
using resonance::testing::TemporaryDirectory;

TEST(FileLock, an_exclusive_holder_is_alone_until_it_shares_or_goes) {
  const TemporaryDirectory folder;
  FileLock first(folder / "lock");
  FileLock second(folder / "lock");
  EXPECT_TRUE(first.try_exclusive());
  EXPECT_FALSE(second.try_exclusive());
  first.share();
  EXPECT_FALSE(second.try_exclusive());
  second.share();
  EXPECT_FALSE(first.try_exclusive());
  {
    FileLock third(folder / "lock");
    third.share();
  }
}

TEST(FileLock, a_killed_holder_is_known_by_its_process_and_holds_no_longer) {
  const TemporaryDirectory folder;
  ChildProcess child([&](const ChildProcess::Report& report) {
    FileLock lock(folder / "lock");
    report(lock.try_exclusive() ? 1 : 0);
    ::pause();
  });
  ASSERT_EQ(child.next_report(), 1);
  FileLock lock(folder / "lock");
  EXPECT_FALSE(lock.try_exclusive());
  EXPECT_EQ(lock.holder(), child.id());
  child.kill();
  EXPECT_TRUE(lock.try_exclusive());
  EXPECT_EQ(lock.holder(), ::getpid());
}

}  // namespace
}  // namespace resonance::sqlite
