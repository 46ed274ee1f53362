#include "resonance/sqlite/schema.h"

#include "resonance/core/error.h"

namespace resonance::sqlite {

int schema_version(Database& database, const Schema& schema, const std::string& path) {
  const std::int64_t application_id = database.integer("PRAGMA application_id");
  const std::int64_t version = database.integer("PRAGMA user_version");
  if (application_id == 0 && version == 0 && database.integer("SELECT count(*) FROM sqlite_schema") == 0)
    return 0;
  if (application_id != schema.application_id || version < 1) {
    throw Error(ErrorCode::corrupt_data, path + " is not " + schema.description +
                                             " but another program's database; " + schema.foreign_remedy);
  }
  if (version > schema.version()) {
    throw Error(ErrorCode::version_mismatch, path + " was written by a newer version of Resonance (schema " +
                                                 std::to_string(version) + ", this program knows " +
                                                 std::to_string(schema.version()) + "); update Resonance");
  }
  return static_cast<int>(version);
}

void upgrade(Database& database, const Schema& schema, const std::string& path) {
  if (schema_version(database, schema, path) == schema.version()) return;
  Transaction transaction(database);
  // Read again: another process may have been first.
  for (int version = schema_version(database, schema, path); version < schema.version(); ++version) {
    database.execute(schema.steps[static_cast<std::size_t>(version)]);
  }
  database.execute("PRAGMA application_id = " + std::to_string(schema.application_id));
  database.execute("PRAGMA user_version = " + std::to_string(schema.version()));
  transaction.commit();
}

}  // namespace resonance::sqlite
