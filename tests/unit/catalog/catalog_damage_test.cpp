#include "resonance/catalog/catalog.h"
#include "resonance/core/atomic_file.h"
#include "resonance/core/error.h"
#include "resonance/sqlite/database.h"

#include <csignal>
#include <fstream>
#include <functional>
#include <random>
#include <string>

#include <gtest/gtest.h>
#include <sys/resource.h>

#include "sample_track.h"
#include "support/child_process.h"
#include "support/private_mount.h"
#include "support/temporary_directory.h"

namespace resonance::catalog {
namespace {

using resonance::testing::ChildProcess;
using resonance::testing::PrivateMount;
using resonance::testing::TemporaryDirectory;

constexpr std::size_t kMebibyte = 1U << 20U;

void make_catalog(const std::filesystem::path& directory, int tracks) {
  Catalog catalog(directory, OpenMode::create);
  for (int i = 0; i < tracks; ++i) catalog.put(sample_track(i));
}

void write_bytes(const std::filesystem::path& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary) << bytes;
}

// Opens, reads all there is and writes; what it throws.
std::optional<Error> failure_of(const std::filesystem::path& directory, OpenMode mode) {
  try {
    Catalog catalog(directory, mode);
    catalog.for_each(true, [](const Track&) {});
    (void)catalog.known_files();
    (void)catalog.failed();
    (void)catalog.find_by_path("/music/1.mp3");
    (void)catalog.find_by_id("none");
    (void)catalog.find_by_hash(sample_hash(3));
    (void)catalog.setting("model");
    (void)catalog.revision();
    (void)catalog.integrity_problem();
    if (mode != OpenMode::read_only) catalog.put(sample_track(1));
  } catch (const Error& error) {
    return error;
  }
  return std::nullopt;
}

void expect_failure(const std::filesystem::path& directory, ErrorCode code, const std::string& words) {
  for (const OpenMode mode : {OpenMode::read_only, OpenMode::create}) {
    const auto failure = failure_of(directory, mode);
    ASSERT_TRUE(failure);
    EXPECT_EQ(failure->code(), code) << failure->what();
    EXPECT_NE(std::string(failure->what()).find("tracks.db"), std::string::npos) << failure->what();
    EXPECT_NE(std::string(failure->what()).find(words), std::string::npos) << failure->what();
  }
}

TEST(CatalogDamage, a_text_file_in_its_place_is_refused) {
  const TemporaryDirectory folder;
  write_bytes(folder / "tracks.db", std::string(5000, 'x'));
  expect_failure(folder.path(), ErrorCode::corrupt_data, "resonance index");
  EXPECT_EQ(read_file(folder / "tracks.db", 10000), std::string(5000, 'x'));
}

TEST(CatalogDamage, an_empty_file_is_a_catalog_that_was_not_begun) {
  const TemporaryDirectory folder;
  write_bytes(folder / "tracks.db", "");
  EXPECT_EQ(failure_of(folder.path(), OpenMode::read_only).value().code(), ErrorCode::not_found);
  EXPECT_FALSE(failure_of(folder.path(), OpenMode::create));
}

TEST(CatalogDamage, another_programs_database_is_refused_and_left_alone) {
  const TemporaryDirectory folder;
  sqlite::Database(folder / "tracks.db", {.access = sqlite::Access::create})
      .execute("CREATE TABLE bookmarks(url)");
  const std::string before = read_file(folder / "tracks.db", kMebibyte);
  expect_failure(folder.path(), ErrorCode::corrupt_data, "another program");
  EXPECT_EQ(read_file(folder / "tracks.db", kMebibyte), before);
}

TEST(CatalogDamage, a_catalog_of_a_newer_version_is_refused_and_left_alone) {
  const TemporaryDirectory folder;
  make_catalog(folder.path(), 2);
  std::string bytes = read_file(folder / "tracks.db", kMebibyte);
  bytes[63] = 99;  // user_version, https://www.sqlite.org/fileformat.html#the_database_header
  write_bytes(folder / "tracks.db", bytes);
  expect_failure(folder.path(), ErrorCode::version_mismatch, "update Resonance");
  EXPECT_EQ(read_file(folder / "tracks.db", kMebibyte), bytes);
}

TEST(CatalogDamage, truncated_catalogs_give_an_error_and_no_crash) {
  const TemporaryDirectory folder;
  make_catalog(folder.path(), 50);
  const std::string whole = read_file(folder / "tracks.db", kMebibyte);
  for (std::size_t length = 2; length < whole.size(); length += 1 + whole.size() / 37) {
    write_bytes(folder / "tracks.db", whole.substr(0, length));
    const auto failure = failure_of(folder.path(), OpenMode::read_only);
    ASSERT_TRUE(failure) << length;
    EXPECT_EQ(failure->code(), ErrorCode::corrupt_data) << failure->what();
  }
}

TEST(CatalogDamage, flipped_bits_give_an_error_or_values_and_no_crash) {
  const TemporaryDirectory folder;
  make_catalog(folder.path(), 50);
  const std::string whole = read_file(folder / "tracks.db", kMebibyte);
  std::mt19937 random(7);
  for (int round = 0; round < 300; ++round) {
    std::string bytes = whole;
    for (int flips = 0; flips < 1 + round % 20; ++flips) {
      // Every other time in the headers and page directories, where it hurts most.
      const std::size_t page = random() % (bytes.size() / 4096) * 4096;
      const std::size_t at = round % 2 == 0 ? random() % bytes.size() : page + random() % 100;
      bytes[at] = static_cast<char>(bytes[at] ^ (1 << random() % 8));
    }
    write_bytes(folder / "tracks.db", bytes);
    std::filesystem::remove(folder / "tracks.db-wal");
    std::filesystem::remove(folder / "tracks.db-shm");
    const OpenMode mode = round % 3 == 0 ? OpenMode::read_write : OpenMode::read_only;
    if (const auto failure = failure_of(folder.path(), mode)) {
      EXPECT_NE(failure->code(), ErrorCode::internal) << failure->what();
    }
  }
}

TEST(CatalogDamage, doctor_is_told_of_a_damaged_page) {
  const TemporaryDirectory folder;
  make_catalog(folder.path(), 200);
  std::string bytes = read_file(folder / "tracks.db", kMebibyte);
  bytes.replace(bytes.size() - 4096, 4096, 4096, '\x5a');
  write_bytes(folder / "tracks.db", bytes);
  EXPECT_NE(Catalog(folder.path(), OpenMode::read_only).integrity_problem(), "");
}

TEST(CatalogDamage, a_full_disk_is_told_and_what_was_finished_stays) {
  const TemporaryDirectory folder;
  const PrivateMount disk(folder.path(), kMebibyte);
  if (!disk.mounted()) GTEST_SKIP() << "needs the right to mount";
  int finished = 0;
  {
    Catalog catalog(folder.path(), OpenMode::create);
    try {
      for (;; ++finished) {
        Track track = sample_track(finished);
        track.descriptor.assign(20'000, 'd');
        catalog.put(track);
      }
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::no_space) << error.what();
      EXPECT_NE(std::string(error.what()).find("tracks.db"), std::string::npos);
    }
    EXPECT_GT(finished, 5);
    EXPECT_EQ(catalog.track_count(), static_cast<std::size_t>(finished));  // still usable
    EXPECT_EQ(catalog.revision(), finished);
  }
  const Catalog catalog(folder.path(), OpenMode::read_only);
  EXPECT_EQ(catalog.track_count(), static_cast<std::size_t>(finished));
  EXPECT_EQ(catalog.integrity_problem(), "");
}

TEST(CatalogDamage, a_limit_on_the_size_of_files_is_told_like_a_full_disk) {
  const TemporaryDirectory folder;
  ChildProcess child([&](const ChildProcess::Report& report) {
    std::signal(SIGXFSZ, SIG_IGN);
    const rlimit limit{.rlim_cur = 300'000, .rlim_max = 300'000};
    ::setrlimit(RLIMIT_FSIZE, &limit);
    Catalog catalog(folder.path(), OpenMode::create);
    try {
      for (int i = 0; i < 1000; ++i) catalog.put(sample_track(i));
    } catch (const Error& error) {
      report(static_cast<std::int64_t>(error.code()));
      report(static_cast<std::int64_t>(catalog.track_count()));
    }
  });
  EXPECT_EQ(child.next_report(), static_cast<std::int64_t>(ErrorCode::no_space));
  const std::int64_t count = child.next_report();
  EXPECT_GT(count, 0);
  EXPECT_EQ(child.wait(), 0);
  EXPECT_EQ(static_cast<std::int64_t>(Catalog(folder.path(), OpenMode::read_write).track_count()), count);
}

TEST(CatalogDamage, a_catalog_on_a_read_only_disk_can_be_read_and_says_why_it_cannot_be_written) {
  const TemporaryDirectory folder;
  PrivateMount disk(folder.path(), kMebibyte);
  if (!disk.mounted()) GTEST_SKIP() << "needs the right to mount";
  make_catalog(folder.path(), 3);
  if (!disk.make_read_only()) GTEST_SKIP() << "cannot make a read-only disk";
  EXPECT_EQ(Catalog(folder.path(), OpenMode::read_only).track_count(), 3U);
  const auto failure = failure_of(folder.path(), OpenMode::read_write);
  ASSERT_TRUE(failure);
  EXPECT_EQ(failure->code(), ErrorCode::unreadable);
  EXPECT_NE(std::string(failure->what()).find("ead-only"), std::string::npos) << failure->what();
}

// What a kill leaves, with one of the files taken away, on a read-only disk.
void read_after_kill(const std::string& without,
                     const std::function<void(const std::filesystem::path&)>& check) {
  const TemporaryDirectory folder;
  PrivateMount disk(folder.path(), 4 * kMebibyte);
  if (!disk.mounted()) GTEST_SKIP() << "needs the right to mount";
  ChildProcess child([&](const ChildProcess::Report& report) {
    Catalog catalog(folder.path(), OpenMode::create);
    for (int i = 0; i < 3; ++i) catalog.put(sample_track(i));
    report(3);
    ::pause();
  });
  ASSERT_EQ(child.next_report(), 3);
  child.kill();
  ASSERT_GT(std::filesystem::file_size(folder / "tracks.db-wal"), 0U);
  if (!without.empty()) std::filesystem::remove(folder / without);
  if (!disk.make_read_only()) GTEST_SKIP() << "cannot make a read-only disk";
  check(folder.path());
}

TEST(CatalogDamage, what_a_killed_writer_left_on_a_read_only_disk_is_read_whole) {
  read_after_kill("", [](const std::filesystem::path& directory) {
    const Catalog catalog(directory, OpenMode::read_only);
    EXPECT_EQ(catalog.track_count(), 3U);
    EXPECT_EQ(catalog.integrity_problem(), "");
  });
}

TEST(CatalogDamage, changes_that_cannot_be_reached_on_a_read_only_disk_are_not_passed_over_in_silence) {
  read_after_kill("tracks.db-shm", [](const std::filesystem::path& directory) {
    const auto failure = failure_of(directory, OpenMode::read_only);
    ASSERT_TRUE(failure);
    EXPECT_EQ(failure->code(), ErrorCode::unreadable);
    EXPECT_NE(std::string(failure->what()).find("tracks.db-wal"), std::string::npos) << failure->what();
  });
}

TEST(CatalogDamage, tracks_db_alone_on_a_read_only_disk_can_be_read) {
  const TemporaryDirectory folder;
  PrivateMount disk(folder.path(), kMebibyte);
  if (!disk.mounted()) GTEST_SKIP() << "needs the right to mount";
  make_catalog(folder / "100% #1?", 3);
  std::filesystem::remove(folder / "100% #1?/tracks.db-wal");
  std::filesystem::remove(folder / "100% #1?/tracks.db-shm");
  if (!disk.make_read_only()) GTEST_SKIP() << "cannot make a read-only disk";
  EXPECT_EQ(Catalog(folder / "100% #1?", OpenMode::read_only).track_count(), 3U);
}

}  // namespace
}  // namespace resonance::catalog
