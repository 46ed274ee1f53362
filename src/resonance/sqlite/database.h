#pragma once

#include "resonance/sqlite/statement.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>

namespace resonance::sqlite {

enum class Access {
  read_only,
  /// Read-only and sure that nobody writes: SQLite takes no locks and needs no file besides the database.
  /// Wrong answers follow if somebody does write.
  immutable,
  read_write,
  create,  ///< read_write; the file is made if there is none
};

struct DatabaseConfig {
  Access access = Access::read_only;
  std::chrono::milliseconds busy_timeout{10'000};
  std::size_t max_value_bytes = 64U << 20U;  ///< longest row or value, read or written
  std::string damage_remedy = "delete it";   ///< ends the message of Error(corrupt_data)
};

/// One connection to one database file, opened as a hostile file: no triggers, no views, no functions in the
/// schema that reach outside, bounded values. SQLite's result codes become resonance::Error here, naming the
/// file and the remedy. Not thread-safe: the owner serialises the calls.
class Database {
 public:
  /// @throws Error(not_found, unreadable). The content is first looked at by a statement.
  Database(const std::filesystem::path& path, DatabaseConfig config);
  ~Database();
  Database(Database&&) noexcept;
  Database& operator=(Database&&) noexcept;
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  /// Compiled once per text and kept. Statements must not outlive the database.
  [[nodiscard]] Statement prepare(const std::string& sql);
  /// One or more statements without results, e.g. a schema.
  void execute(const std::string& sql);
  /// The first column of the first row, 0 if there is none.
  [[nodiscard]] std::int64_t integer(const std::string& sql);

  [[nodiscard]] std::int64_t last_key() const;  ///< row id of the latest INSERT
  [[nodiscard]] std::int64_t changes() const;   ///< rows changed by the latest INSERT, UPDATE or DELETE

  /// WAL mode whose -wal and -shm files stay when the last connection closes, so that a reader that may not
  /// write in the folder can open the database, also next to a writer that comes later.
  void use_write_ahead_log();
  /// Moves the write-ahead log into the database and empties it, unless readers are in the way. Never throws:
  /// what was committed is safe in the log too.
  void checkpoint() noexcept;

  /// SQLite's own check of the whole file. @return empty if sound, else the first problems
  [[nodiscard]] std::string integrity_problem();

 private:
  friend class Transaction;
  std::unique_ptr<Connection> connection_;
};

/// A write transaction; undone when destroyed without commit(). Transactions do not nest.
class Transaction {
 public:
  /// Waits for other writers up to the busy timeout. @throws Error(busy)
  explicit Transaction(Database& database);
  ~Transaction();
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;

  void commit();

 private:
  Connection& connection_;
  bool open_ = true;
};

}  // namespace resonance::sqlite
