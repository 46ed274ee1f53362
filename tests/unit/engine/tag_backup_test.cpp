#include "resonance/engine/tag_backup.h"

#include "resonance/core/atomic_file.h"
#include "resonance/core/error.h"

#include <fstream>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/private_mount.h"
#include "support/temporary_directory.h"

namespace resonance::engine {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TagChange change(std::int64_t run, const std::string& path) {
  return {TagChange::Kind::write,
          run,
          path,
          *content_hash_from_hex("000102030405060708090a0b0c0d0e0f"),
          {{"GENRE", {}}},
          {{"GENRE", {"Rock", "Pop"}}}};
}

TagChange undo_of(TagChange change) {
  change.kind = TagChange::Kind::undo;
  return change;
}

TEST(TagBackup, lines_come_back_as_they_were_whatever_bytes_the_path_has) {
  const testing::TemporaryDirectory folder;
  const auto path = tag_backup_path(folder.path());
  EXPECT_THAT(read_tag_changes(path).changes, IsEmpty());
  const std::vector<TagChange> changes{change(1, "/music/a.mp3"), change(1, "/music/\xff\xc3\xa4\n\"\\.mp3"),
                                       undo_of(change(1, "/music/a.mp3"))};
  for (const TagChange& one : changes) append_tag_change(path, one);
  EXPECT_EQ(read_tag_changes(path).changes, changes);
  EXPECT_EQ(read_tag_changes(path).damaged_lines, 0U);
}

TEST(TagBackup, a_line_cut_off_by_a_kill_is_passed_over_and_the_next_one_counts) {
  const testing::TemporaryDirectory folder;
  const auto path = tag_backup_path(folder.path());
  append_tag_change(path, change(1, "/a.mp3"));
  const std::string whole = read_file(path, 10'000);
  for (std::size_t length = 0; length < whole.size(); length += 11) {
    std::ofstream(path, std::ios::binary) << whole << whole.substr(0, length);
    EXPECT_THAT(read_tag_changes(path).changes, ElementsAre(change(1, "/a.mp3")));
    EXPECT_EQ(read_tag_changes(path).damaged_lines, 0U);
    append_tag_change(path, change(2, "/b.mp3"));
    EXPECT_THAT(read_tag_changes(path).changes, ElementsAre(change(1, "/a.mp3"), change(2, "/b.mp3")))
        << length;
  }
}

TEST(TagBackup, damaged_and_foreign_lines_are_counted) {
  const testing::TemporaryDirectory folder;
  const auto path = tag_backup_path(folder.path());
  std::ofstream(path) << "no json\n{}\n[1]\n{\"resonance_tag_backup\":1,\"kind\":3}\n\n";
  append_tag_change(path, change(1, "/a.mp3"));
  EXPECT_EQ(read_tag_changes(path).damaged_lines, 4U);
  EXPECT_THAT(read_tag_changes(path).changes, ElementsAre(change(1, "/a.mp3")));
}

TEST(TagBackup, a_full_disk_leaves_whole_lines_only) {
  const testing::TemporaryDirectory folder;
  const testing::PrivateMount disk(folder.path(), 16 << 10);
  if (!disk.mounted()) GTEST_SKIP() << "only root can mount a small disk";
  const auto path = tag_backup_path(folder.path());
  std::size_t written = 0;
  try {
    for (;; ++written) append_tag_change(path, change(1, "/" + std::string(1000, 'x')));
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::no_space);
  }
  EXPECT_GT(written, 0U);
  EXPECT_EQ(read_tag_changes(path).changes.size(), written);
  EXPECT_EQ(read_file(path, 100'000).back(), '\n');
}

TEST(TagBackup, the_latest_run_that_still_stands_is_taken_back_last_file_first) {
  const TagChange a1 = change(1, "/a");
  const TagChange a2 = change(2, "/a");
  const TagChange b2 = change(2, "/b");
  EXPECT_THAT(last_changes({}), IsEmpty());
  EXPECT_THAT(last_changes({a1, a2, b2}), ElementsAre(b2, a2));
  EXPECT_THAT(last_changes({a1, a2, b2, undo_of(b2)}), ElementsAre(a2));
  EXPECT_THAT(last_changes({a1, a2, b2, undo_of(b2), undo_of(a2)}), ElementsAre(a1));
  EXPECT_THAT(last_changes({a1, undo_of(a1)}), IsEmpty());
}

}  // namespace
}  // namespace resonance::engine
