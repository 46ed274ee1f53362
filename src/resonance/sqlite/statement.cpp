#include "resonance/sqlite/statement.h"

#include "resonance/sqlite/connection.h"

#include <new>
#include <utility>

namespace resonance::sqlite {
namespace {

// Filters make statements of any shape; a connection that lives for months must not collect them.
constexpr std::size_t kMostIdle = 128;

}  // namespace

Statement::Statement(Connection& connection, std::string sql)
    : connection_(&connection), sql_(std::move(sql)) {
  if (auto idle = connection.idle_statements.extract(sql_)) {
    handle_ = idle.mapped();
    return;
  }
  connection.check(sqlite3_prepare_v3(connection.handle, sql_.data(), static_cast<int>(sql_.size()),
                                      SQLITE_PREPARE_PERSISTENT, &handle_, nullptr));
}

Statement::Statement(Statement&& other) noexcept
    : connection_(other.connection_),
      sql_(std::move(other.sql_)),
      handle_(std::exchange(other.handle_, nullptr)),
      column_(other.column_) {}

Statement::~Statement() {
  if (handle_ == nullptr) return;
  sqlite3_reset(handle_);
  sqlite3_clear_bindings(handle_);
  try {
    auto& idle = connection_->idle_statements;
    if (idle.size() < kMostIdle && idle.try_emplace(std::move(sql_), handle_).second) return;
  } catch (const std::bad_alloc&) {  // not kept, then
  }
  sqlite3_finalize(handle_);
}

void Statement::reset() {
  sqlite3_reset(handle_);  // reports the previous run's failure again, which has been thrown
  sqlite3_clear_bindings(handle_);
}

bool Statement::step() {
  column_ = 0;
  const int result = sqlite3_step(handle_);
  connection_->check(result);
  return result == SQLITE_ROW;
}

void Statement::run() {
  while (step()) {
  }
  sqlite3_reset(handle_);
}

void Statement::bind_integer(int index, std::int64_t value) {
  connection_->check(sqlite3_bind_int64(handle_, index, value));
}

void Statement::bind_real(int index, double value) {
  connection_->check(sqlite3_bind_double(handle_, index, value));
}

void Statement::bind_text(int index, std::string_view value) {
  // A null pointer would be bound as NULL.
  const char* text = value.data() == nullptr ? "" : value.data();
  connection_->check(sqlite3_bind_text64(handle_, index, text, value.size(), SQLITE_STATIC, SQLITE_UTF8));
}

void Statement::bind_blob(int index, std::string_view value) {
  const char* bytes = value.data() == nullptr ? "" : value.data();
  connection_->check(sqlite3_bind_blob64(handle_, index, bytes, value.size(), SQLITE_STATIC));
}

std::int64_t Statement::integer() { return sqlite3_column_int64(handle_, column_++); }

double Statement::real() { return sqlite3_column_double(handle_, column_++); }

std::string Statement::text() {
  const unsigned char* bytes = sqlite3_column_text(handle_, column_);
  const auto size = static_cast<std::size_t>(sqlite3_column_bytes(handle_, column_));
  ++column_;
  return bytes == nullptr ? std::string() : std::string(reinterpret_cast<const char*>(bytes), size);
}

std::string_view Statement::blob_view() {
  const void* bytes = sqlite3_column_blob(handle_, column_);
  const auto size = static_cast<std::size_t>(sqlite3_column_bytes(handle_, column_));
  ++column_;
  return bytes == nullptr ? std::string_view() : std::string_view(static_cast<const char*>(bytes), size);
}

std::string Statement::blob() { return std::string(blob_view()); }

bool Statement::next_is_null() { return sqlite3_column_type(handle_, column_) == SQLITE_NULL; }

std::optional<std::int64_t> Statement::optional_integer() {
  const bool null = next_is_null();
  const std::int64_t value = integer();
  return null ? std::nullopt : std::optional(value);
}

std::optional<double> Statement::optional_real() {
  const bool null = next_is_null();
  const double value = real();
  return null ? std::nullopt : std::optional(value);
}

}  // namespace resonance::sqlite
