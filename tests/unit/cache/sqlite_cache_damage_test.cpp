#include "resonance/cache/feature_cache.h"
#include "resonance/core/atomic_file.h"
#include "resonance/core/error.h"
#include "resonance/sqlite/database.h"

#include <fstream>
#include <optional>
#include <random>
#include <string>

#include <gtest/gtest.h>

#include "sample_features.h"
#include "support/private_mount.h"
#include "support/temporary_directory.h"

namespace resonance::cache {
namespace {

using resonance::testing::PrivateMount;
using resonance::testing::TemporaryDirectory;

constexpr std::size_t kMebibyte = 1U << 20U;

void write_bytes(const std::filesystem::path& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary) << bytes;
}

class SqliteCacheDamage : public ::testing::Test {
 protected:
  // Two tracks, checkpointed and closed; then `sql` on the file, as a stranger would.
  void make_cache(const std::string& sql = "") {
    {
      const auto cache = open_sqlite_cache(folder_.path());
      write_track(*cache, sample_hash(1), sample_features(3200, 1));
      write_track(*cache, sample_hash(2), sample_features(50, 2));
    }
    if (!sql.empty()) sqlite::Database(path_, {.access = sqlite::Access::read_write}).execute(sql);
  }

  // What opening, reading all and writing throws.
  [[nodiscard]] std::optional<Error> failure() const {
    try {
      const auto cache = open_sqlite_cache(folder_.path());
      for (const ContentHash& hash : cache->list()) {
        if (cache->contains(hash)) cache->load(hash, [](const FeatureBlock&) {});
      }
      write_track(*cache, sample_hash(3), sample_features(50, 3));
      cache->remove(sample_hash(3));
    } catch (const Error& error) {
      return error;
    }
    return std::nullopt;
  }

  void expect_failure(ErrorCode code, const std::string& words) const {
    const std::optional<Error> error = failure();
    ASSERT_TRUE(error);
    EXPECT_EQ(error->code(), code) << error->what();
    EXPECT_NE(std::string(error->what()).find(path_.string()), std::string::npos) << error->what();
    EXPECT_NE(std::string(error->what()).find(words), std::string::npos) << error->what();
  }

  TemporaryDirectory folder_;
  std::filesystem::path path_ = folder_ / "features-v1.db";
};

TEST_F(SqliteCacheDamage, a_text_file_in_its_place_is_refused) {
  write_bytes(path_, std::string(5000, 'x'));
  expect_failure(ErrorCode::corrupt_data, "delete it");
}

TEST_F(SqliteCacheDamage, another_programs_database_is_refused) {
  sqlite::Database(path_, {.access = sqlite::Access::create}).execute("CREATE TABLE bookmarks(url)");
  expect_failure(ErrorCode::corrupt_data, "another program");
}

TEST_F(SqliteCacheDamage, a_newer_schema_is_refused) {
  make_cache("PRAGMA user_version = 2");
  expect_failure(ErrorCode::version_mismatch, "update Resonance");
}

TEST_F(SqliteCacheDamage, features_of_another_version_are_refused) {
  make_cache("UPDATE features SET feature_version = 7 WHERE frames = 50");
  expect_failure(ErrorCode::version_mismatch, "resonance precompute");
}

TEST_F(SqliteCacheDamage, tables_of_another_shape_are_refused) {
  make_cache("ALTER TABLE chunks RENAME COLUMN data TO blob");
  expect_failure(ErrorCode::corrupt_data, "delete it");
}

TEST_F(SqliteCacheDamage, rows_that_do_not_fit_together_are_refused) {
  for (const char* sql : {
           "UPDATE features SET frames = 9223372036854775807",
           "UPDATE features SET frames = 3100 WHERE frames = 3200",
           "DELETE FROM chunks WHERE position = 1",
           "UPDATE chunks SET position = position + 10; UPDATE chunks SET position = 11 - position",
           "UPDATE chunks SET data = zeroblob(100)",
           "UPDATE chunks SET data = zeroblob(1999999)",
           "UPDATE chunks SET data = zeroblob(50000000)",
           "UPDATE chunks SET data = x''",
           "UPDATE chunks SET data = (SELECT data FROM chunks WHERE features_id = 2)",
           "UPDATE features SET hash = x'00' WHERE id = 1",
       }) {
    std::filesystem::remove(path_);
    make_cache(sql);
    expect_failure(ErrorCode::corrupt_data, "delete it");
  }
}

TEST_F(SqliteCacheDamage, writing_a_damaged_track_again_repairs_it) {
  make_cache("UPDATE chunks SET data = zeroblob(100) WHERE features_id = 1");
  const auto cache = open_sqlite_cache(folder_.path());
  EXPECT_THROW(read_track(*cache, sample_hash(1)), Error);
  write_track(*cache, sample_hash(1), sample_features(3200, 1));
  EXPECT_TRUE(equal_when_rounded(read_track(*cache, sample_hash(1)), sample_features(3200, 1)));
}

TEST_F(SqliteCacheDamage, truncated_files_give_an_error_and_no_crash) {
  make_cache();
  const std::string whole = read_file(path_, 64 * kMebibyte);
  for (std::size_t length = 100; length < whole.size(); length += 1 + whole.size() / 29) {
    write_bytes(path_, whole.substr(0, length));
    const std::optional<Error> error = failure();
    ASSERT_TRUE(error) << length;
    EXPECT_EQ(error->code(), ErrorCode::corrupt_data) << error->what();
  }
}

TEST_F(SqliteCacheDamage, flipped_bits_give_an_error_or_the_right_values) {
  make_cache();
  const std::string whole = read_file(path_, 64 * kMebibyte);
  constexpr std::size_t kPageBytes = 16384;
  std::mt19937 random(11);
  for (int round = 0; round < 120; ++round) {
    std::string bytes = whole;
    const std::size_t page = random() % (bytes.size() / kPageBytes) * kPageBytes;
    const std::size_t at = round % 2 == 0 ? random() % bytes.size() : page + random() % 100;
    bytes[at] = static_cast<char>(bytes[at] ^ (1 << random() % 8));
    write_bytes(path_, bytes);
    std::filesystem::remove(path_.string() + "-wal");
    std::filesystem::remove(path_.string() + "-shm");
    try {
      const auto cache = open_sqlite_cache(folder_.path());
      for (const std::uint8_t number : {1, 2}) {
        const FeatureBlock kept = read_track(*cache, sample_hash(number));
        const FeatureBlock original = sample_features(number == 1 ? 3200 : 50, number);
        EXPECT_TRUE(kept.frames() == 0 || equal_when_rounded(kept, original)) << at;
      }
    } catch (const Error& error) {
      EXPECT_NE(error.code(), ErrorCode::internal) << error.what();
      EXPECT_NE(error.code(), ErrorCode::invalid_argument) << error.what();
    }
  }
}

TEST_F(SqliteCacheDamage, a_full_disk_is_told_and_shows_nothing_half) {
  const PrivateMount disk(folder_.path(), 8 * kMebibyte);
  if (!disk.mounted()) GTEST_SKIP() << "needs the right to mount";
  std::size_t finished = 0;
  {
    const auto cache = open_sqlite_cache(folder_.path());
    try {
      for (;; ++finished) {
        write_track(*cache, sample_hash(static_cast<std::uint8_t>(finished)), sample_features(6100));
      }
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::no_space) << error.what();
      EXPECT_NE(std::string(error.what()).find(path_.string()), std::string::npos);
    }
    EXPECT_GT(finished, 0U);
    EXPECT_EQ(cache->list().size(), finished);
    EXPECT_EQ(read_track(*cache, sample_hash(0)).frames(), 6100U);
  }
  const auto cache = open_sqlite_cache(folder_.path());
  EXPECT_EQ(cache->list().size(), finished);
  for (const ContentHash& hash : cache->list()) {
    EXPECT_TRUE(equal_when_rounded(read_track(*cache, hash), sample_features(6100)));
  }
}

TEST_F(SqliteCacheDamage, a_read_only_disk_is_told) {
  PrivateMount disk(folder_.path(), 8 * kMebibyte);
  if (!disk.mounted()) GTEST_SKIP() << "needs the right to mount";
  make_cache();
  if (!disk.make_read_only()) GTEST_SKIP() << "cannot make a read-only disk";
  EXPECT_EQ(failure().value().code(), ErrorCode::unreadable);
}

}  // namespace
}  // namespace resonance::cache
