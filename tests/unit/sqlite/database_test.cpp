#include "resonance/sqlite/database.h"

#include "resonance/core/error.h"

#include <limits>
#include <string>
#include <variant>
#include <vector>

#include <gtest/gtest.h>

#include "support/temporary_directory.h"

namespace resonance::sqlite {
namespace {

class SqliteDatabase : public ::testing::Test {
 protected:
  resonance::testing::TemporaryDirectory folder_;
  std::filesystem::path path_ = folder_ / "a.db";
  Database database_{path_, {.access = Access::create}};
};

template <typename Action>
ErrorCode code_of(const Action& action) {
  try {
    action();
  } catch (const Error& error) {
    return error.code();
  }
  ADD_FAILURE() << "nothing was thrown";
  return ErrorCode::internal;
}

TEST_F(SqliteDatabase, values_of_every_type_come_back) {
  database_.execute("CREATE TABLE t(a, b, c, d, e, f)");
  const std::string bytes("\0\xff\n", 3);
  database_.prepare("INSERT INTO t VALUES(?, ?, ?, ?, ?, ?)")
      .bind(std::numeric_limits<std::int64_t>::min(), 0.1, bytes, Blob{bytes}, std::optional<int>(),
            std::optional(7))
      .run();
  Statement row = database_.prepare("SELECT a, b, c, d, e, f FROM t");
  ASSERT_TRUE(row.step());
  EXPECT_EQ(row.integer(), std::numeric_limits<std::int64_t>::min());
  EXPECT_EQ(row.real(), 0.1);
  EXPECT_EQ(row.text(), bytes);
  EXPECT_EQ(row.blob(), bytes);
  EXPECT_EQ(row.optional_integer(), std::nullopt);
  EXPECT_EQ(row.optional_integer(), 7);
  EXPECT_FALSE(row.step());
}

TEST_F(SqliteDatabase, empty_text_and_blobs_are_not_null) {
  database_.execute("CREATE TABLE t(a NOT NULL, b NOT NULL)");
  database_.prepare("INSERT INTO t VALUES(?, ?)").bind(std::string_view(), Blob{}).run();
  EXPECT_EQ(database_.integer("SELECT count(*) FROM t WHERE a = '' AND length(b) = 0"), 1);
}

TEST_F(SqliteDatabase, a_list_of_values_is_bound_in_order) {
  Statement statement = database_.prepare("SELECT ?, ?, ?, typeof(?)");
  const std::vector<std::variant<std::int64_t, double, std::string, Blob>> values{
      std::int64_t{7}, 0.5, std::string("text"), Blob{"b"}};
  statement.bind_each(values);
  ASSERT_TRUE(statement.step());
  EXPECT_EQ(statement.integer(), 7);
  EXPECT_EQ(statement.real(), 0.5);
  EXPECT_EQ(statement.text(), "text");
  EXPECT_EQ(statement.text(), "blob");
}

TEST_F(SqliteDatabase, more_statements_than_are_kept_work_all_the_same) {
  for (int round = 0; round < 2; ++round) {
    for (int i = 0; i < 500; ++i) ASSERT_EQ(database_.integer("SELECT " + std::to_string(i)), i);
  }
}

TEST_F(SqliteDatabase, one_text_can_be_used_twice_at_once) {
  database_.execute("CREATE TABLE t(a); INSERT INTO t VALUES(1), (2)");
  Statement outer = database_.prepare("SELECT a FROM t ORDER BY a");
  ASSERT_TRUE(outer.step());
  {
    Statement inner = database_.prepare("SELECT a FROM t ORDER BY a");
    ASSERT_TRUE(inner.step());
    EXPECT_EQ(inner.integer(), 1);
  }
  ASSERT_TRUE(outer.step());
  EXPECT_EQ(outer.integer(), 2);
}

TEST_F(SqliteDatabase, a_transaction_without_commit_leaves_nothing) {
  database_.execute("CREATE TABLE t(a)");
  {
    const Transaction transaction(database_);
    database_.execute("INSERT INTO t VALUES(1)");
  }
  EXPECT_EQ(database_.integer("SELECT count(*) FROM t"), 0);
}

TEST_F(SqliteDatabase, a_second_writer_is_told_that_it_is_busy) {
  database_.execute("CREATE TABLE t(a)");
  Database other(path_, {.access = Access::read_write, .busy_timeout = std::chrono::milliseconds(1)});
  const Transaction transaction(database_);
  EXPECT_EQ(code_of([&] { const Transaction second(other); }), ErrorCode::busy);
}

TEST_F(SqliteDatabase, values_longer_than_the_bound_are_refused) {
  Database bounded(path_, {.access = Access::read_write, .max_value_bytes = 10'000});
  database_.execute("CREATE TABLE t(a); INSERT INTO t VALUES(zeroblob(20000))");
  EXPECT_EQ(code_of([&] {
              Statement row = bounded.prepare("SELECT a FROM t");
              row.step();
              (void)row.blob();
            }),
            ErrorCode::corrupt_data);
}

TEST_F(SqliteDatabase, a_strangers_triggers_and_views_do_nothing) {
  database_.execute(
      "CREATE TABLE t(a); CREATE TRIGGER more AFTER INSERT ON t BEGIN INSERT INTO t VALUES(99); END;"
      "INSERT INTO t VALUES(1)");
  EXPECT_EQ(database_.integer("SELECT count(*) FROM t"), 1);
  EXPECT_THROW(database_.execute("CREATE VIEW v AS SELECT 1; SELECT * FROM v"), Error);
}

TEST_F(SqliteDatabase, a_file_that_is_not_there_is_told) {
  for (const Access access : {Access::read_only, Access::immutable, Access::read_write}) {
    EXPECT_EQ(code_of([&] { const Database missing(folder_ / "missing", {.access = access}); }),
              ErrorCode::not_found);
  }
  EXPECT_EQ(code_of([&] { const Database missing(folder_ / "no" / "such.db", {.access = Access::create}); }),
            ErrorCode::not_found);
  EXPECT_EQ(code_of([&] { Database(folder_.path(), {.access = Access::read_write}).execute("SELECT 1"); }),
            ErrorCode::unreadable);
}

}  // namespace
}  // namespace resonance::sqlite
