#pragma once

#include "resonance/sqlite/database.h"

#include <cstdint>
#include <span>
#include <string>

namespace resonance::sqlite {

/// A store's tables, as the steps that led to them: step i makes version i + 1 out of version i, 0 being an
/// empty file. A released step never changes; a new version is a new step at the end.
struct Schema {
  std::int32_t application_id = 0;  ///< in the file's header; `file` names the application by it
  std::span<const char* const> steps;
  std::string description;     ///< in messages: "a Resonance catalog"
  std::string foreign_remedy;  ///< what to do about a file that is not one, after "; "

  [[nodiscard]] int version() const { return static_cast<int>(steps.size()); }
};

/// The version of the schema in `database`, 0 if the file is empty. Never writes.
/// @throws Error(corrupt_data) if it is another application's or no database at all, Error(version_mismatch)
/// if it is
///         of a version later than this program knows
int schema_version(Database& database, const Schema& schema, const std::string& path);

/// Brings an empty or older file to the latest version, in one transaction. @throws Error as schema_version
void upgrade(Database& database, const Schema& schema, const std::string& path);

}  // namespace resonance::sqlite
