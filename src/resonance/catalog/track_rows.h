#pragma once

#include "resonance/catalog/catalog.h"
#include "resonance/sqlite/database.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

/// The `tracks` table: rows to Track and back. Changes belong into the caller's transaction.
namespace resonance::catalog {

/// "SELECT <every column of a track> " + `rest`, the columns in the order read_track() expects.
std::string select_tracks(std::string_view rest);
/// @throws Error(corrupt_data) naming `path` if the row cannot have been written by us
Track read_track(sqlite::Statement& row, std::string_view path);
/// The next column as a content hash. @throws Error(corrupt_data) naming `path`
ContentHash read_hash(sqlite::Statement& row, std::string_view path);
/// Its bytes, as stored.
std::string_view view_of(const ContentHash& hash);

/// Inserts or replaces the row at track.path; assigns key and id.
void store_track(sqlite::Database& database, Track& track);

}  // namespace resonance::catalog
