#pragma once

#include "resonance/catalog/catalog.h"
#include "resonance/sqlite/database.h"

#include <filesystem>

namespace resonance::catalog {

/// Opens `directory`/tracks.db and checks that it is a catalog of a schema this program knows; a writer
/// brings an older or empty one up to date. A reader gets by where it may not write, also on a read-only file
/// system.
/// @throws Error as Catalog's constructor
sqlite::Database open_catalog_file(const std::filesystem::path& directory, OpenMode mode);

}  // namespace resonance::catalog
