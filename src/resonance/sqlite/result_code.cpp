#include "resonance/core/error.h"
#include "resonance/sqlite/connection.h"

#include <cerrno>
#include <new>
#include <string>

namespace resonance::sqlite {
namespace {

// What is wrong and what to do, for result codes without a system error behind them.
[[noreturn]] void fail(const Connection& connection, int result) {
  const std::string& path = connection.path;
  const std::string reason = sqlite3_errmsg(connection.handle);
  switch (result & 0xff) {
    case SQLITE_FULL:
      throw Error(ErrorCode::no_space,
                  "cannot write " + path + ": the disk is full; free some space and try again");
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_PROTOCOL:
      throw Error(ErrorCode::busy, path + " is in use by another program; try again when it is done");
    case SQLITE_READONLY:
    case SQLITE_CANTOPEN:
    case SQLITE_PERM:
    case SQLITE_AUTH:
      throw Error(ErrorCode::unreadable, "cannot use " + path + ": " + reason +
                                             "; check the permissions of the file and of its folder");
    case SQLITE_IOERR:
      throw Error(ErrorCode::unreadable, "cannot use " + path + ": " + reason);
    case SQLITE_NOMEM:
      throw std::bad_alloc();
    case SQLITE_INTERRUPT:
      throw Error(ErrorCode::cancelled, "interrupted while using " + path);
    case SQLITE_MISUSE:
    case SQLITE_RANGE:
      throw Error(ErrorCode::internal, path + ": " + reason);
    default:
      // CORRUPT and NOTADB; and, since the SQL of our layers is tested, a missing table (ERROR), a value
      // beyond the bound (TOOBIG) or a broken CONSTRAINT all say that the content is not what we wrote.
      throw Error(ErrorCode::corrupt_data,
                  path + " is damaged (" + reason + "); " + connection.damage_remedy);
  }
}

}  // namespace

void Connection::check(int result) const {
  if (result == SQLITE_OK || result == SQLITE_ROW || result == SQLITE_DONE) return;
  const int last_number = errno;
  const int primary = result & 0xff;
  if (primary == SQLITE_IOERR || primary == SQLITE_CANTOPEN) {
    int number = sqlite3_system_errno(handle);
    // SQLite does not pass on the reason why a COMMIT could not be written; errno still has it.
    if (number == 0 && result == SQLITE_IOERR_WRITE) number = last_number;
    if (number == ENOSPC || number == EDQUOT || number == EFBIG) fail(*this, SQLITE_FULL);
    if (number != 0) throw system_error(number, "cannot use " + path);
  }
  fail(*this, result);
}

}  // namespace resonance::sqlite
