#pragma once

#include <string>
#include <unordered_map>

#include <sqlite3.h>

namespace resonance::sqlite {

/// Behind Database and its statements, at one address for life. Internal to this layer.
struct Connection {
  Connection() = default;
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  sqlite3* handle = nullptr;
  std::string path;
  std::string damage_remedy;
  std::unordered_map<std::string, sqlite3_stmt*> idle_statements;  ///< compiled, waiting for their next use

  /// Throws the Error for the latest failure of this connection unless `result` is SQLITE_OK, ROW or DONE.
  void check(int result) const;
};

}  // namespace resonance::sqlite
