#include "resonance/sqlite/database.h"

#include "resonance/core/error.h"
#include "resonance/sqlite/connection.h"

#include <algorithm>
#include <limits>
#include <string_view>
#include <utility>

namespace resonance::sqlite {
namespace {

// The path as a file: URI, the only way to say immutable=1. Every byte that could mean something is encoded.
std::string immutable_uri(const std::string& path) {
  static constexpr std::string_view kDigits = "0123456789ABCDEF";
  std::string uri = "file:";
  for (const char character : path) {
    const auto byte = static_cast<unsigned char>(character);
    const bool plain =
        (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || (byte >= '0' && byte <= '9');
    if (plain || byte == '/') {
      uri.push_back(character);
    } else {
      uri.push_back('%');
      uri.push_back(kDigits[byte >> 4U]);
      uri.push_back(kDigits[byte & 15U]);
    }
  }
  return uri + "?immutable=1";
}

int flags_of(Access access) {
  switch (access) {
    case Access::read_only:
      return SQLITE_OPEN_READONLY;
    case Access::immutable:
      return SQLITE_OPEN_READONLY | SQLITE_OPEN_URI;
    case Access::read_write:
      return SQLITE_OPEN_READWRITE;
    case Access::create:
      break;
  }
  return SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
}

// https://www.sqlite.org/security.html, "untrusted SQLite database files".
void distrust(sqlite3* handle, std::size_t max_value_bytes) {
  sqlite3_db_config(handle, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
  sqlite3_db_config(handle, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
  sqlite3_db_config(handle, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, nullptr);
  sqlite3_db_config(handle, SQLITE_DBCONFIG_ENABLE_VIEW, 0, nullptr);
  const auto longest = std::min<std::size_t>(max_value_bytes, std::numeric_limits<int>::max());
  sqlite3_limit(handle, SQLITE_LIMIT_LENGTH, static_cast<int>(longest));
}

}  // namespace

Connection::~Connection() {
  for (const auto& [sql, statement] : idle_statements) sqlite3_finalize(statement);
  sqlite3_close_v2(handle);
}

Database::Database(const std::filesystem::path& path, DatabaseConfig config)
    : connection_(std::make_unique<Connection>()) {
  connection_->path = path.string();
  connection_->damage_remedy = std::move(config.damage_remedy);
  if (config.access != Access::create && !std::filesystem::exists(path)) {
    throw Error(ErrorCode::not_found, connection_->path + " does not exist");
  }
  // Absolute, since SQLite gives a meaning to names like ":memory:" and "file:x".
  const std::string absolute = std::filesystem::absolute(path).string();
  const std::string name = config.access == Access::immutable ? immutable_uri(absolute) : absolute;
  connection_->check(sqlite3_open_v2(name.c_str(), &connection_->handle,
                                     flags_of(config.access) | SQLITE_OPEN_NOMUTEX, nullptr));
  sqlite3_extended_result_codes(connection_->handle, 1);
  sqlite3_busy_timeout(connection_->handle, static_cast<int>(config.busy_timeout.count()));
  distrust(connection_->handle, config.max_value_bytes);
  const bool writes = config.access == Access::read_write || config.access == Access::create;
  // SQLite falls back to reading when it may not write; a writer has to hear of it now.
  if (writes && sqlite3_db_readonly(connection_->handle, "main") == 1) {
    throw Error(ErrorCode::unreadable, "cannot write " + connection_->path + ": it is read-only");
  }
  execute("PRAGMA cell_size_check = ON; PRAGMA mmap_size = 0; PRAGMA temp_store = MEMORY");
}

Database::~Database() = default;
Database::Database(Database&&) noexcept = default;
Database& Database::operator=(Database&&) noexcept = default;

Statement Database::prepare(const std::string& sql) { return {*connection_, sql}; }

void Database::execute(const std::string& sql) {
  connection_->check(sqlite3_exec(connection_->handle, sql.c_str(), nullptr, nullptr, nullptr));
}

std::int64_t Database::integer(const std::string& sql) {
  Statement statement = prepare(sql);
  return statement.step() ? statement.integer() : 0;
}

std::int64_t Database::last_key() const { return sqlite3_last_insert_rowid(connection_->handle); }

std::int64_t Database::changes() const { return sqlite3_changes64(connection_->handle); }

void Database::use_write_ahead_log() {
  int keep = 1;
  connection_->check(sqlite3_file_control(connection_->handle, "main", SQLITE_FCNTL_PERSIST_WAL, &keep));
  Statement statement = prepare("PRAGMA journal_mode = WAL");
  if (!statement.step() || statement.text() != "wal") {
    throw Error(ErrorCode::unreadable,
                "cannot write " + connection_->path +
                    ": its file system does not support shared memory; keep it on a local disk");
  }
}

void Database::checkpoint() noexcept {
  sqlite3_busy_timeout(connection_->handle, 0);
  sqlite3_wal_checkpoint_v2(connection_->handle, "main", SQLITE_CHECKPOINT_TRUNCATE, nullptr, nullptr);
}

std::string Database::integrity_problem() {
  std::string problem;
  try {
    Statement statement = prepare("PRAGMA quick_check(10)");
    while (statement.step()) {
      const std::string line = statement.text();
      if (line == "ok") continue;
      problem += (problem.empty() ? "" : "; ") + line;
    }
  } catch (const Error& error) {
    problem += (problem.empty() ? "" : "; ") + std::string(error.what());
  }
  return problem;
}

Transaction::Transaction(Database& database) : connection_(*database.connection_) {
  database.execute("BEGIN IMMEDIATE");
}

Transaction::~Transaction() {
  // A full disk makes SQLite undo the transaction itself.
  if (!open_ || sqlite3_get_autocommit(connection_.handle) != 0) return;
  sqlite3_exec(connection_.handle, "ROLLBACK", nullptr, nullptr, nullptr);
}

void Transaction::commit() {
  connection_.check(sqlite3_exec(connection_.handle, "COMMIT", nullptr, nullptr, nullptr));
  open_ = false;
}

}  // namespace resonance::sqlite
