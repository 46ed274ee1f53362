#include "resonance/sqlite/schema.h"

#include "resonance/core/error.h"

#include <array>
#include <string>

#include <gtest/gtest.h>

#include "support/temporary_directory.h"

namespace resonance::sqlite {
namespace {

constexpr std::array kSteps{"CREATE TABLE t(a); INSERT INTO t VALUES(1)",
                            "ALTER TABLE t ADD COLUMN b DEFAULT 2", "UPDATE t SET b = b + a"};

Schema schema_of_version(std::size_t version) {
  return {.application_id = 4711,
          .steps = std::span(kSteps).first(version),
          .description = "a thing",
          .foreign_remedy = "choose another"};
}

class SqliteSchema : public ::testing::Test {
 protected:
  resonance::testing::TemporaryDirectory folder_;
  std::string path_ = (folder_ / "a.db").string();
  Database database_{path_, {.access = Access::create}};
};

TEST_F(SqliteSchema, an_empty_file_and_every_older_version_are_brought_to_the_latest) {
  EXPECT_EQ(schema_version(database_, schema_of_version(3), path_), 0);
  for (const std::size_t version : {1U, 2U, 3U, 3U}) {
    upgrade(database_, schema_of_version(version), path_);
    EXPECT_EQ(schema_version(database_, schema_of_version(3), path_), static_cast<int>(version));
  }
  EXPECT_EQ(database_.integer("SELECT b FROM t"), 3);
  EXPECT_EQ(database_.integer("PRAGMA application_id"), 4711);
}

TEST_F(SqliteSchema, a_newer_version_is_refused) {
  upgrade(database_, schema_of_version(3), path_);
  try {
    upgrade(database_, schema_of_version(2), path_);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::version_mismatch);
    EXPECT_NE(std::string(error.what()).find("schema 3"), std::string::npos);
  }
}

TEST_F(SqliteSchema, another_programs_file_is_refused_and_left_alone) {
  database_.execute("CREATE TABLE theirs(a)");
  EXPECT_THROW(upgrade(database_, schema_of_version(1), path_), Error);
  EXPECT_EQ(database_.integer("PRAGMA application_id"), 0);
  database_.execute("PRAGMA application_id = 1; PRAGMA user_version = 1");
  EXPECT_THROW(upgrade(database_, schema_of_version(1), path_), Error);
}

TEST_F(SqliteSchema, a_step_that_fails_leaves_the_file_at_its_version) {
  upgrade(database_, schema_of_version(1), path_);
  const std::array<const char*, 3> broken{kSteps[0], kSteps[1], "UPDATE missing SET a = 1"};
  Schema schema = schema_of_version(1);
  schema.steps = broken;
  EXPECT_THROW(upgrade(database_, schema, path_), Error);
  EXPECT_EQ(schema_version(database_, schema, path_), 1);
  EXPECT_THROW(database_.execute("SELECT b FROM t"), Error);
}

}  // namespace
}  // namespace resonance::sqlite
